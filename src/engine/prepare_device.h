// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "checkpoint/index.h"
#include "comm/team.h"
#include "config/config.h"
#include "data/load_dataset.h"
#include "engine/gpu_sharing.h"
#include "engine/plan_rank.h"
#include "engine/select_device.h"
#include "engine/select_lstm.h"
#include "engine/start_stages.h"
#include "engine/training_device.h"

namespace moneta {

/// The device of a rank with the memory of its plan allocated, and how it was prepared.
struct PreparedDevice {
  std::unique_ptr<TrainingDevice> device;
  LstmSelection lstm;
  ResourceSharing sharing;
  RankGpus gpus;                       ///< of all ranks
  std::vector<std::string> notes;      ///< messages: what limits the choice of device and precision
  std::vector<std::string> shortages;  ///< messages of the plans whose memory was not available
};

/// Opens the device of a rank, as open_own_device does.
using OpenBackend = std::function<OpenedBackend(DeviceConfig const&, NodeRank)>;

/// Opens the device of this rank, plans its memory and allocates it. Collective: all ranks call it
/// before the first update.
///
/// Every rank plans for its own memory; then all of them use the smallest batches and a precision
/// that is fast on every rank, so that the training of a coin does not depend on the rank. A
/// resumed run keeps its LSTM algorithms, its micro-batch if any memory options allow it, and with
/// train.precision=auto its precision. If a device provides less memory than it reported, all ranks
/// measure and plan again, at first without the overlap of weight gradients if that was planned.
///
/// Every step is a stage of `stages`. `team` and `config` must outlive the result. Throws
/// CollectiveError, or Error (device) on the members of a team that fail alone in the setup of
/// NCCL.
PreparedDevice prepare_device(StartStages const& stages, Team& team, Config const& config,
                              std::vector<CoinSizes> const& sizes, RankWork const& work,
                              CheckpointIndex const& index, OpenBackend const& open_device);

/// The next plan to try after the memory of `failed` was not available: besides Plan::fixed_bytes,
/// which no plan can save, it needs at most nine tenths of what `failed` needs, with a micro-batch
/// of `micro_batch_at_most` if any memory options allow it, and a smaller one otherwise. If
/// `failed` overlaps gradients of weights, only that is given up; no later plan overlaps them. The
/// device is not measured again, because the states of the coins stay allocated. Throws Error
/// (device) if nothing fits.
Plan smaller_plan(TrainingDevice const& device, Config const& config,
                  std::vector<CoinSizes> const& sizes, RankWork const& work,
                  ResourceSharing sharing, Plan const& failed, std::size_t micro_batch_at_most);

}  // namespace moneta
