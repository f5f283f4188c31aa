// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"
#include "checkpoint/index.h"
#include "comm/session.h"
#include "config/config.h"
#include "model/forecaster.h"
#include "train/batch_builder.h"
#include "train/coin_trainer.h"
#include "train/setup.h"

namespace moneta {

/// The device of a rank and what is planned for it.
struct Engines {
  std::unique_ptr<Backend> backend;
  Precision precision = Precision::f32;
  Plan plan;
  std::unique_ptr<Forecaster> training, evaluation;
  std::unique_ptr<BatchBuilder> training_batches, evaluation_batches;
  std::unique_ptr<DeviceMemory> gradients;    ///< [P], of the coin whose turn it is
  std::unique_ptr<DeviceState> shared_state;  ///< with Levers::offload
};

/// All ranks together, before the first update. Every rank plans for its own memory; then all take
/// the smallest batches and a precision that every rank is fast at, so that the numbers of a coin
/// do not depend on where it is trained. A run that goes on keeps its micro-batch and, with
/// train.precision auto, its precision. Throws SharedError.
Engines make_engines(MpiSession& session, Config const& config, std::vector<CoinSizes> const& sizes,
                     RankWork const& work, CheckpointIndex const& index);

}  // namespace moneta
