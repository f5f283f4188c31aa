// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "config/config.h"

namespace moneta {

/// Learning rate of update `update` (counted from 0) of updates_per_epoch * epochs updates: linear
/// warm-up during warmup_epochs, then constant, or with `cosine` half a cosine from learning_rate
/// down to final_fraction * learning_rate (Loshchilov, Hutter, "SGDR", ICLR 2017, eq. 5, one
/// cycle). Throws Error (config) if train.schedule.name is unknown.
double learning_rate_at(TrainConfig const& train, std::int64_t updates_per_epoch,
                        std::int64_t update);

}  // namespace moneta
