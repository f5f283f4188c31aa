// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
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

/// The device the config asks for, or the best there is. Throws Error (device) if it is not there.
std::unique_ptr<Backend> make_backend(DeviceConfig const& device, std::size_t ranks_on_node);

/// What `precision` means on this device.
Precision choose_precision(PrecisionChoice choice, Backend const& backend);

/// Which rank trains which coins: config.placement, else balanced by the coins' samples.
std::vector<RankWork> place(Config const& config, std::vector<CoinSizes> const& sizes,
                            std::size_t ranks);

/// The shape of the model for a batch size.
ForecasterShape forecaster_shape(Config const& config, Precision precision, std::size_t batch,
                                 bool training);

/// Bytes a rank may take: device.memory_limit_mib or what the machine has, shared by the ranks on
/// the node, times device.memory_fraction.
std::size_t memory_limit_bytes(DeviceConfig const& device, std::size_t ranks_on_node);

/// The memory plan of a rank that trains `coins` (indices into sizes). A micro-batch a resumed run
/// has used is kept.
Plan plan_rank(Config const& config, Backend const& backend, Precision precision,
               std::vector<CoinSizes> const& sizes, std::vector<std::size_t> const& coins,
               std::size_t ranks_on_node, std::optional<std::size_t> earlier_micro_batch = {});

}  // namespace moneta
