// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backtest/schedule.h"
#include "backtest/settings.h"
#include "backtest/ticks.h"
#include "statistics/minute_prices.h"

namespace moneta::backtest {

/// An equity below which something counts as 0: what rounding may do to it.
inline constexpr double equity_rounding = 1e-12;

/// An order that is filled, whatever it costs.
struct Order {
  std::size_t minute = 0;  ///< of the fill
  double price = 0;
  double exposure = 0;     ///< wanted position / equity, after costs
  double half_spread = 0;  ///< fraction of the price
  /// Lowest and highest close from this fill to before the next one, or to the end.
  double low = 0, high = 0;
};

/// The fills of a sequence of events, in order of time, and the minutes they cover.
struct OrderPlan {
  std::int64_t first_time_s = 0;  ///< of the first event
  std::size_t first_minute = 0;   ///< of the first event
  std::size_t last_minute = 0;    ///< of the last event or fill
  std::vector<Order> orders;
};

/// Plans the orders of the events, of which there must be at least one. An order is filled in the
/// minute that starts at its event; if that has no trade, in the next one with a trade, and if this
/// is not before the next event, it is dropped and the next event decides. If the prices end first,
/// it is filled at the last close. There is no order if the wanted exposure stays. Throws Error
/// (data) if an event is before the prices or the first one is after them. O(minutes).
OrderPlan plan_orders(statistics::MinutePrices const& prices,
                      std::span<TargetExposure const> events, BacktestSettings const& settings,
                      TickTable const& ticks);

/// What a fill did to the account. Money is a fraction of the starting equity.
struct Fill {
  std::size_t minute = 0;
  double price = 0;        ///< before costs
  double half_spread = 0;  ///< fraction of the price
  double fee = 0;          ///< paid
  double spread = 0;       ///< paid
  double exposure_before = 0, exposure_after = 0;
  double equity = 0;           ///< before costs
  double turnover = 0;         ///< traded value / equity
  double cash = 0, units = 0;  ///< after the fill
};

/// A position from flat to flat; a flip closes one and opens another, which share its cost by
/// value.
struct Trade {
  double net = 0;    ///< cash flow after costs, a fraction of the starting equity
  double entry = 0;  ///< sum of the values that enlarged the position
};

/// An account that starts with the cash 1.
struct Account {
  std::vector<Fill> fills;
  std::vector<Trade> trades;  ///< closed ones
  double final_equity = 1;    ///< at the last minute; 0 if it was ever not above 0
};

/// Fills the orders of a plan. With the equity E = cash + units x P and the position N, the trade
/// D = (w E - N) / (1 +- w k) makes the position the fraction w of the equity after the cost k |D|,
/// where k = half-spread + fee (1 +- half-spread), + for a purchase. With `flat_cost` (fraction) k
/// is that, and there is no spread. Once an equity at a fill is not positive, nothing is traded any
/// more. O(orders).
Account run_account(OrderPlan const& plan, statistics::MinutePrices const& prices, double fee_bp,
                    std::optional<double> flat_cost = std::nullopt);

/// The account at the end of each minute.
struct EquityCurve {
  std::int64_t first_time_s = 0;  ///< of equity[0] = 1; equity[i] is that 60 i seconds later
  std::vector<double> equity;
};

/// Sums over the minutes of an account. `exposure` is position / equity, 0 after ruin.
struct MinuteSums {
  double mean_exposure = 0;  ///< mean of |exposure|
  /// sum of (exposure - mean exposure) x next return / days: the gross gain that does not come from
  /// being long on average. Undefined for a single minute.
  std::optional<double> timing_per_day;
};

/// The equity at the end of every minute of the plan. From the first minute where it is not above 0
/// it is 0 (ruin).
EquityCurve equity_curve(OrderPlan const& plan, Account const& account,
                         statistics::MinutePrices const& prices, MinuteSums& sums);

}  // namespace moneta::backtest
