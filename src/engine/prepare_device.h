// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "checkpoint/index.h"
#include "comm/session.h"
#include "config/config.h"
#include "engine/open_device.h"
#include "engine/select_lstm.h"
#include "engine/setup.h"
#include "engine/training_device.h"

namespace moneta {

/// The device of a rank, ready to train.
struct ReadyDevice {
  std::unique_ptr<TrainingDevice> device;
  LstmSelection lstm;
  DeviceShare share;
  RankGpus gpus;  ///< of all ranks
  std::vector<std::string>
      shortages;  ///< plans that this rank's device had no memory for, in words
};

/// All ranks together, before the first update. Every rank plans for its own memory; then all take
/// the smallest batches and a precision that every rank is fast at, so that the numbers of a coin
/// do not depend on where it is trained. A run that goes on keeps its micro-batch, if memory
/// options allow it, its LSTM algorithms and, with train.precision auto, its precision. Where a
/// device has less memory than it said, all plan again. Throws SharedError.
ReadyDevice make_training_device(MpiSession& session, Config const& config,
                                 std::vector<CoinSizes> const& sizes, RankWork const& work,
                                 CheckpointIndex const& index, OpenDevice opened);

/// What is to be tried where a plan found no memory: within nine tenths of what it asked for, with
/// the same micro-batch if any memory options allow that, else with a smaller one, none above
/// `micro_batch_at_most`. Throws Error (device) if nothing is that small.
Plan smaller_plan(TrainingDevice const& device, Config const& config,
                  std::vector<CoinSizes> const& sizes, RankWork const& work, DeviceShare share,
                  Plan const& failed, std::size_t micro_batch_at_most);

}  // namespace moneta
