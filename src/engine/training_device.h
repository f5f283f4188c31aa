// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/gradient_all_reduce.h"
#include "config/config.h"
#include "engine/batch_builder.h"
#include "engine/gpu_sharing.h"
#include "model/forecaster.h"
#include "optim/moment_stream.h"
#include "plan/plan.h"

namespace moneta {

/// Device memory that the coins of a rank use one after the other. What the plan does not need is
/// null.
struct SharedArrays {
  std::unique_ptr<DeviceMemory> gradients;  ///< [P]
  std::unique_ptr<DeviceMemory> params;     ///< [P], with MemoryOptions::offload_inactive
  std::unique_ptr<DeviceMemory> m, v;       ///< [P], the same, unless moments are streamed
  std::unique_ptr<MomentStream> moments;    ///< with MemoryOptions::offload_optimizer
};

/// The device of a rank and what all of its coins share there, as a plan describes it: models,
/// batch builders and arrays. It holds no state of a coin.
class TrainingDevice {
 public:
  /// Allocates nothing until `build`. `gradient_all_reduce` uses `backend` and sums as `team_sum`.
  /// `config` must outlive this object.
  TrainingDevice(std::unique_ptr<Backend> backend,
                 std::unique_ptr<GradientAllReduce> gradient_all_reduce, Config const& config,
                 Precision precision, TeamSum team_sum = TeamSum::in_host_memory);

  /// Frees the memory of the current plan and allocates that of `plan`. If there is too little, it
  /// throws OutOfMemory and nothing stays allocated. `algorithms` are those selected for this
  /// micro-batch.
  void build(Plan plan, LstmAlgorithms algorithms = {});
  /// Waits for copies and frees the memory of the plan.
  void clear();

  Backend& backend() const { return *backend_; }
  GradientAllReduce& gradient_all_reduce() const { return *gradient_all_reduce_; }  ///< of the team
  Precision precision() const { return precision_; }
  /// DeviceFacts::rounding_identity of the backend, and the library that sums between GPUs. Empty
  /// for the CPU.
  std::string const& rounding() const { return rounding_; }
  Plan const& plan() const { return plan_; }  ///< of the last `build` that succeeded
  LstmAlgorithms const& algorithms() const { return algorithms_; }
  ParameterLayout const& layout() const { return layout_; }
  Forecaster& training() const { return *training_; }
  Forecaster& evaluation() const { return evaluation_ ? *evaluation_ : *training_; }
  BatchBuilder& training_batches() const { return *training_batches_; }
  BatchBuilder& evaluation_batches() const {
    return evaluation_batches_ ? *evaluation_batches_ : *training_batches_;
  }
  SharedArrays const& shared() const { return shared_; }
  /// Copies the state of coins to the device and back concurrently with the computation.
  CopyStream& copies() const { return *copies_; }

 private:
  void allocate(Plan const& plan, LstmAlgorithms const& algorithms);

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<GradientAllReduce> gradient_all_reduce_;
  Config const& config_;
  Precision precision_;
  std::string rounding_;
  ParameterLayout layout_;
  Plan plan_;
  LstmAlgorithms algorithms_;
  std::unique_ptr<CopyStream> copies_;
  std::unique_ptr<DeviceMemory> arena_;  // shared by both models
  std::unique_ptr<Forecaster> training_, evaluation_;
  std::unique_ptr<BatchBuilder> training_batches_, evaluation_batches_;
  SharedArrays shared_;
};

}  // namespace moneta
