// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"
#include "backend/gradient_all_reduce.h"
#include "config/config.h"
#include "engine/batch_builder.h"
#include "model/forecaster.h"
#include "optim/moment_stream.h"
#include "plan/plan.h"

namespace moneta {

/// Device memory that the coins of a rank use in turn. What the plan does not ask for is null.
struct SharedArrays {
  std::unique_ptr<DeviceMemory> gradients;     ///< [P]
  std::unique_ptr<DeviceMemory> params, m, v;  ///< [P], with MemoryOptions::offload
  std::unique_ptr<MomentStream> moments;       ///< with MemoryOptions::offload_optimizer
};

/// A rank's device and all that its coins share there, as one plan says. Of a coin it holds
/// nothing.
class TrainingDevice {
 public:
  /// Takes no memory before `build`. `gradient_all_reduce` works on `backend`. `config` must
  /// outlive it.
  TrainingDevice(std::unique_ptr<Backend> backend,
                 std::unique_ptr<GradientAllReduce> gradient_all_reduce, Config const& config,
                 Precision precision);

  /// Takes all memory of a plan, in the place of what it held. If there is not enough it throws
  /// OutOfMemory and holds nothing. `algorithms` are those that were tried with this micro-batch.
  void build(Plan plan, LstmAlgorithms algorithms = {});
  /// Gives the memory back.
  void clear();

  Backend& backend() const { return *backend_; }
  /// Over the team.
  GradientAllReduce& gradient_all_reduce() const { return *gradient_sum_; }
  Precision precision() const { return precision_; }
  Plan const& plan() const { return plan_; }  ///< of the latest `build` that found its memory
  LstmAlgorithms const& algorithms() const { return algorithms_; }
  ParameterLayout const& layout() const { return layout_; }
  Forecaster& training() const { return *training_; }
  Forecaster& evaluation() const { return evaluation_ ? *evaluation_ : *training_; }
  BatchBuilder& training_batches() const { return *training_batches_; }
  BatchBuilder& evaluation_batches() const {
    return evaluation_batches_ ? *evaluation_batches_ : *training_batches_;
  }
  SharedArrays const& shared() const { return shared_; }
  /// Moves the state of coins to the device and back beside the computation.
  CopyStream& copies() const { return *copies_; }

 private:
  void take(Plan const& plan, LstmAlgorithms const& algorithms);

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<GradientAllReduce> gradient_sum_;
  Config const& config_;
  Precision precision_;
  ParameterLayout layout_;
  Plan plan_;
  LstmAlgorithms algorithms_;
  std::unique_ptr<CopyStream> copies_;
  std::unique_ptr<DeviceMemory> arena_;  // of both models
  std::unique_ptr<Forecaster> training_, evaluation_;
  std::unique_ptr<BatchBuilder> training_batches_, evaluation_batches_;
  SharedArrays shared_;
};

}  // namespace moneta
