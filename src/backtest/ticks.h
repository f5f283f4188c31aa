// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "statistics/minute_prices.h"

namespace moneta::backtest {

/// The number of the band of a positive price: [1, 2), [2, 5), [5, 10) of each decade, [1, 2) is 0.
std::int32_t price_band(double price);

/// The price step of one calendar month (UTC) and band, estimated from prices.
struct EstimatedTick {
  std::int32_t month = 0;  ///< 12 x year + month - 1
  std::int32_t band = 0;
  double tick = 0;
};

/// A step as an exchange publishes it: from a time on, for prices of at least `least_price`.
struct ListedTick {
  std::int64_t from_s = 0;
  double least_price = 0;
  double tick = 0;
};

/// The price steps of a market. A published table wins over the estimate.
struct TickTable {
  std::vector<EstimatedTick> estimated;  ///< in order of month, then band
  std::vector<ListedTick> listed;

  /// The tick of a price at a time. Of the listed steps: of those in force, the newest with the
  /// largest least price that the price reaches. Of the estimate: that of the nearest band, then of
  /// the nearest month, then the first. 0 if there is none.
  double at(std::int64_t time_s, double price) const;
};

/// 12 x year + month - 1 of the UTC calendar month that contains the time.
std::int32_t month_number(std::int64_t time_s);

/// Estimates for each month and band the coarsest of 1, 2, 5 x 10^k, not above the band, on which
/// 99.5 % of the open, high, low and close of minutes with trades lie. It is not the greatest
/// common divisor of price differences: old orders trade off the grid after a change of the tick. A
/// band with fewer than 200 prices or 5 different ones in a month gets none. O(n).
TickTable estimate_ticks(statistics::MinutePrices const& prices);

}  // namespace moneta::backtest
