// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "backend/backend.h"
#include "checkpoint/index.h"
#include "checkpoint/state.h"
#include "config/config.h"
#include "data/dataset.h"
#include "engine/batch_builder.h"
#include "model/forecaster.h"

namespace moneta {

/// The device and the model that predict for all coins of a run; their memory is allocated once.
class Predictor {
 public:
  /// Computes in the precision of the training, or in f32 if this device does not support it or,
  /// with train.precision=auto, is not fast at it. Throws Error (device) if the device cannot be
  /// used.
  Predictor(Config const& config, CheckpointIndex const& index);

  /// Predicts the scaled target of the samples in `range`, in their order, with the parameters of
  /// `state`. Waits until they are computed.
  std::vector<float> predict(CoinState const& state, CoinDataset& dataset, SampleRange range);

  std::size_t parameter_count() const { return model_.layout().size; }
  Precision precision() const { return precision_; }

 private:
  std::unique_ptr<Backend> backend_;
  Precision precision_;
  Forecaster model_;
  BatchBuilder batches_;
};

}  // namespace moneta
