// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/split_dates.h"
#include "config/config.h"
#include "data/dataset.h"

namespace moneta {

/// The least number of seconds between the last decision time of one part and the first of the
/// next: the longest window plus the horizon, so that no bar is in both.
std::int64_t split_gap_s(DataConfig const& data);

/// Splits the samples, [S] in time order, by the shares of data.split. The gap is taken from the
/// end of the earlier part. Throws Error (data) if a part would be empty.
Split split_by_time(std::span<std::int64_t const> time_s, DataConfig const& data);

/// The first and the last decision time of each part of `split`, whose parts must not be empty.
SplitDates split_dates(std::span<std::int64_t const> time_s, Split const& split);

/// Computes mean and population standard deviation over the train samples, in double, of
/// `last_rows` and of the target [S]. `last_rows` [K][S,F] contains for each sample the row of its
/// window's last bar. Both layouts provide these rows, so both give the same bits. Throws Error
/// (data) if the target does not vary.
Scaler fit_scaler(std::vector<std::vector<float>> const& last_rows, std::span<float const> target,
                  SampleRange train);

}  // namespace moneta
