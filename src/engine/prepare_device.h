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
  /// The backend and the all-reduce that uses it, until `device` takes both.
  std::unique_ptr<Backend> backend;
  std::unique_ptr<GradientAllReduce> all_reduce;
  std::unique_ptr<TrainingDevice> device;
  LstmSelection lstm;
  ResourceSharing sharing;
  RankGpus gpus;                       ///< of all ranks
  std::vector<std::string> notes;      ///< messages: what limits the choice of device and precision
  std::vector<std::string> shortages;  ///< messages of the plans whose memory was not available
};

/// Opens the device of a rank, as open_own_device does.
using OpenBackend = std::function<OpenedBackend(DeviceConfig const&, NodeRank)>;

/// Opens the device of this rank, plans its memory and allocates it, into an empty `prepared`.
/// Collective: all ranks call it before the first update. After an error, `prepared` holds what has
/// been opened, so that the caller can report the error first: closing a broken device may block.
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
void prepare_device(PreparedDevice& prepared, StartStages const& stages, Team& team,
                    Config const& config, std::vector<CoinSizes> const& sizes, RankWork const& work,
                    CheckpointIndex const& index, OpenBackend const& open_device);

/// How a plan is reduced whose memory was not available. All members of a team use the same.
struct PlanReduction {
  std::size_t micro_batch_at_most = 0, evaluation_batch_at_most = 0;
  /// A member overlaps gradients of weights: that is given up, and nothing else.
  bool only_overlap = false;
};

/// The next plan to try after the memory of `failed` was not available on a member of the team. It
/// has batches of `reduction` if any memory options allow them, and smaller ones otherwise. With
/// `only_overlap` it keeps the memory options of `failed` except the overlap. Without, it needs at
/// most nine tenths of what `failed` needs besides Plan::unchangeable_bytes. No such plan overlaps
/// gradients of weights. The device is not measured again, because the states of the coins stay
/// allocated. Throws Error (device) if nothing fits.
Plan smaller_plan(TrainingDevice const& device, Config const& config,
                  std::vector<CoinSizes> const& sizes, RankWork const& work,
                  ResourceSharing sharing, Plan const& failed, PlanReduction const& reduction);

}  // namespace moneta
