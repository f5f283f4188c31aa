// SPDX-License-Identifier: Apache-2.0
#include "data/split.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/shape.h"
#include "base/time.h"

namespace moneta {
namespace {

struct Moments {
  double mean = 0, stddev = 0;
};

/// Moments of one column over some rows of a table with `width` columns, in two passes.
Moments moments(std::span<float const> table, std::size_t width, std::size_t column,
                SampleRange rows) {
  auto const count = static_cast<double>(rows.size());
  double sum = 0;
  for (auto row = rows.begin; row < rows.end; ++row) sum += double{table[row * width + column]};
  double const mean = sum / count;
  double squares = 0;
  for (auto row = rows.begin; row < rows.end; ++row) {
    double const difference = double{table[row * width + column]} - mean;
    squares += difference * difference;
  }
  return {mean, std::sqrt(squares / count)};
}

/// False for a column of equal numbers, whose deviation is only rounding.
bool varies(Moments const& each) { return each.stddev > 1e-12 + 1e-9 * std::abs(each.mean); }

/// The end of the part before `border`: its last sample is at least `gap_s` earlier.
std::size_t end_before(std::span<std::int64_t const> time_s, std::size_t border,
                       std::int64_t gap_s) {
  if (border >= time_s.size()) return border;
  auto const last = time_s[border] - gap_s;
  auto const end = std::upper_bound(time_s.begin(), time_s.end(), last);
  return static_cast<std::size_t>(end - time_s.begin());
}

}  // namespace

std::int64_t split_gap_s(DataConfig const& data) {
  std::int64_t longest = 0;
  for (auto const& frame : data.timeframes) {
    // The last complete bar may have ended up to its length, less a minute, before the decision
    // time.
    auto const bars = static_cast<std::int64_t>(frame.steps + 1);
    longest = std::max(longest, bars * frame.minutes - 1);
  }
  return (longest + data.horizon_minutes) * seconds_per_minute;
}

Split split_by_time(std::span<std::int64_t const> time_s, DataConfig const& data) {
  auto const samples = time_s.size();
  auto const border = [&](double share) {
    auto const count = std::llround(share * static_cast<double>(samples));
    return std::min(samples, static_cast<std::size_t>(count));
  };
  auto const gap = split_gap_s(data);
  auto const valid = border(data.split.train);
  auto const test = border(data.split.train + data.split.valid);
  Split split;
  split.train = {0, end_before(time_s, valid, gap)};
  split.valid = {valid, std::max(valid, end_before(time_s, test, gap))};
  split.test = {test, samples};
  bool const filled = split.train.size() > 0 && split.valid.size() > 0 && split.test.size() > 0;
  MONETA_REQUIRE(
      filled, data,
      "{} samples cannot be split (train would get {}, valid {}, test {}; a gap of the longest window and the horizon, {} minutes, is taken from train and from valid). Prepare more days, use shorter data.timeframes, or change data.split?",
      samples, split.train.size(), split.valid.size(), split.test.size(), gap / seconds_per_minute);
  return split;
}

SplitDates split_dates(std::span<std::int64_t const> time_s, Split const& split) {
  auto const part = [&](SampleRange samples) {
    return PartDates{time_s[samples.begin], time_s[samples.end - 1]};
  };
  return {part(split.train), part(split.valid), part(split.test)};
}

Scaler fit_scaler(std::vector<std::vector<float>> const& last_rows, std::span<float const> target,
                  SampleRange train) {
  Scaler scaler;
  for (auto const& rows : last_rows) {
    auto& mean = scaler.mean.emplace_back();
    auto& stddev = scaler.stddev.emplace_back();
    for (std::size_t f = 0; f < feature_count; ++f) {
      auto const each = moments(rows, feature_count, f, train);
      mean.push_back(static_cast<float>(each.mean));
      stddev.push_back(varies(each) ? static_cast<float>(each.stddev) : 1.0f);
    }
  }
  auto const target_moments = moments(target, 1, 0, train);
  MONETA_REQUIRE(
      varies(target_moments), data,
      "the target is the same in all {} train samples (the price never moves, so there is nothing to learn). Use different days, or leave the coin out?",
      train.size());
  scaler.target_stddev = static_cast<float>(target_moments.stddev);
  return scaler;
}

}  // namespace moneta
