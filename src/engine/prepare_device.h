// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "checkpoint/index.h"
#include "comm/session.h"
#include "comm/team.h"
#include "config/config.h"
#include "data/load_dataset.h"
#include "engine/gpu_sharing.h"
#include "engine/plan_rank.h"
#include "engine/select_device.h"
#include "engine/select_lstm.h"
#include "engine/training_device.h"

namespace moneta {

/// The device of a rank with the memory of its plan allocated, and how it was prepared.
struct PreparedDevice {
  std::unique_ptr<TrainingDevice> device;
  LstmSelection lstm;
  ResourceSharing sharing;
  RankGpus gpus;                       ///< of all ranks
  std::vector<std::string> shortages;  ///< messages of the plans whose memory was not available
};

/// Creates the backend of a rank, as make_backend does.
using BackendFactory = std::function<std::unique_ptr<Backend>(DeviceConfig const&, NodeRank)>;

/// Opens the device of this rank, plans its memory and allocates it. Collective: all ranks call it
/// before the first update.
///
/// Every rank plans for its own memory; then all of them use the smallest batches and a precision
/// that is fast on every rank, so that the training of a coin does not depend on the rank. A
/// resumed run keeps its LSTM algorithms, its micro-batch if any memory options allow it, and with
/// train.precision=auto its precision. If a device provides less memory than it reported, all ranks
/// plan again.
///
/// `team` and `config` must outlive the result. Throws CollectiveError, or Error (device) on a rank
/// that fails alone in the setup of NCCL.
PreparedDevice prepare_device(MpiSession& session, Team& team, Config const& config,
                              std::vector<CoinSizes> const& sizes, RankWork const& work,
                              CheckpointIndex const& index,
                              BackendFactory const& create_backend = make_backend);

/// The next plan to try after the memory of `failed` was not available: it needs at most nine
/// tenths of that, with a micro-batch of `micro_batch_at_most` if any memory options allow it, and
/// a smaller one otherwise. Throws Error (device) if nothing fits.
Plan smaller_plan(TrainingDevice const& device, Config const& config,
                  std::vector<CoinSizes> const& sizes, RankWork const& work,
                  ResourceSharing sharing, Plan const& failed, std::size_t micro_batch_at_most);

}  // namespace moneta
