// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "comm/placement.h"
#include "config/config.h"
#include "data/load_dataset.h"
#include "model/forecaster.h"
#include "plan/plan.h"

namespace moneta {

/// A rank's place among those on its machine.
struct NodeRank {
  std::size_t rank = 0, ranks = 1;
};

/// Among how many ranks a rank shares what it computes with.
struct DeviceShare {
  std::size_t ranks_on_node = 1;  ///< that have a part of the host's cores and memory
  std::size_t ranks_on_gpu = 1;   ///< that have a part of its GPU's memory
};

/// The GPU, of those this process sees, that a rank computes on: its number on its machine (ranks
/// share GPUs if there are more of them). Nothing: it computes on the CPU. Throws Error (device) if
/// the config asks for a GPU and there is none.
std::optional<std::size_t> select_gpu(DeviceConfig const& device, NodeRank place);

/// The device the config asks for, or the best there is: select_gpu, else the rank's share of the
/// cores. Throws Error (device) if it is not there.
std::unique_ptr<Backend> make_backend(DeviceConfig const& device, NodeRank place);

/// What `precision` means on this device.
Precision choose_precision(PrecisionChoice choice, DeviceFacts const& device);

/// Which rank trains which coins: config.placement, else balanced by the coins' samples.
std::vector<RankWork> place(Config const& config, std::vector<CoinSizes> const& sizes,
                            std::size_t ranks);

/// The parameters of the model.
ParameterLayout layout_of(Config const& config);

/// The shape of the model for a batch size.
ForecasterShape forecaster_shape(Config const& config, Precision precision, std::size_t batch,
                                 bool training);

/// Bytes a rank may take: device.memory_limit_mib, or its share of device.memory_fraction of what
/// the machine has.
std::size_t memory_limit_bytes(DeviceConfig const& device, std::size_t ranks_on_node);

/// Bytes a rank may take of a device with memory of its own: device.memory_limit_mib, or
/// device.memory_fraction of all.
std::size_t device_limit_bytes(DeviceConfig const& device, DeviceMemoryUse const& memory);

/// What a plan may not go beyond: what other ranks can do, or what an interrupted run has done.
struct BatchLimits {
  std::size_t micro_batch = std::numeric_limits<std::size_t>::max();
  std::size_t evaluation_batch = std::numeric_limits<std::size_t>::max();
  std::optional<MemoryOptions> memory_options;  ///< these and no others
  std::optional<std::size_t> memory_bytes;      ///< of the device, if that is less than it may take
};

/// The batches that all ranks take. `smallest` plans every rank within limits and gives the
/// smallest batches; the micro-batch is settled first, because the evaluation batch depends on it.
BatchLimits common_batches(BatchLimits limits,
                           std::function<BatchLimits(BatchLimits const&)> const& smallest);

/// The memory plan of a rank with this work (its coins are indices into `sizes`).
Plan plan_rank(Config const& config, DeviceFacts const& device, Precision precision,
               std::vector<CoinSizes> const& sizes, RankWork const& work, DeviceShare share,
               BatchLimits const& limits = {});

}  // namespace moneta
