// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace moneta::statistics {

/// Prices of consecutive minutes, one array for each quantity: minute i is the time
/// [first_time_s + 60 i, first_time_s + 60 (i + 1)). A minute without a trade is flat at the
/// previous close with the volume 0. Prices are positive and finite.
///
/// A forecast is made at a decision time, the close of a minute. The first price after it is in the
/// minute that starts then, minute_at(time); everything known at the time has a smaller index.
struct MinutePrices {
  std::int64_t first_time_s = 0;
  std::vector<double> open, high, low, close;
  std::vector<double> volume;                 ///< in units of the coin
  std::vector<std::uint8_t> traded;           ///< 0 if the minute has no trade
  std::vector<double> middle;                 ///< (high + low) / 2
  std::vector<double> log_close, log_middle;  ///< natural logarithms

  std::size_t size() const { return close.size(); }

  /// The index of the minute that contains the time; it may be negative or beyond the end.
  std::int64_t minute_at(std::int64_t time_s) const {
    std::int64_t const past_s = time_s - first_time_s;
    return past_s / seconds_per_minute - (past_s % seconds_per_minute < 0 ? 1 : 0);
  }

  /// The start of a minute, which may be beyond the end.
  std::int64_t time_of(std::size_t minute) const {
    return first_time_s + static_cast<std::int64_t>(minute) * seconds_per_minute;
  }

  /// Appends the next minute, with its derived quantities.
  void append(double new_open, double new_high, double new_low, double new_close, double new_volume,
              bool has_trade) {
    open.push_back(new_open);
    high.push_back(new_high);
    low.push_back(new_low);
    close.push_back(new_close);
    volume.push_back(new_volume);
    traded.push_back(has_trade ? 1 : 0);
    middle.push_back((new_high + new_low) / 2);
    log_close.push_back(std::log(new_close));
    log_middle.push_back(std::log(middle.back()));
  }

  void reserve(std::size_t minutes) {
    for (auto* each : {&open, &high, &low, &close, &volume, &middle, &log_close, &log_middle}) {
      each->reserve(minutes);
    }
    traded.reserve(minutes);
  }
};

}  // namespace moneta::statistics
