// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"

namespace moneta {

/// Seconds between the last decision time of one part and the first of the next, at least: the
/// longest window plus the horizon, so that no bar is seen by both.
std::int64_t split_gap_s(DataConfig const& data);

/// Cuts the samples, [S] in time order, by the shares of data.split; the gap is taken from the end
/// of the earlier part. Throws Error (data) if a part would be empty.
Split split_by_time(std::span<std::int64_t const> time_s, DataConfig const& data);

/// Mean and population standard deviation, in double, over the train samples: of each timeframe's
/// window-end rows (the row of a window's last bar, once for every sample that ends with it), of
/// which `last_rows` holds those of all samples [K][S,F], and of the target [S]. Either layout can
/// give these rows, so both give the same bits. Throws Error (data) if the target does not vary.
Scaler fit_scaler(std::vector<std::vector<float>> const& last_rows, std::span<float const> target,
                  SampleRange train);

}  // namespace moneta
