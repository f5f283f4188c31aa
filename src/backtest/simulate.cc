// SPDX-License-Identifier: Apache-2.0
#include "backtest/simulate.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/time.h"

namespace moneta::backtest {
namespace {

using statistics::MinutePrices;

constexpr double same_exposure = 1e-12;

std::vector<double> const& fill_prices(MinutePrices const& prices, FillPrice fill) {
  switch (fill) {
    case FillPrice::next_open:
      return prices.open;
    case FillPrice::next_middle:
      return prices.middle;
    case FillPrice::next_close:
      break;
  }
  return prices.close;
}

/// The first minute with a trade in [from, before), or `before`.
std::size_t next_traded(MinutePrices const& prices, std::size_t from, std::size_t before) {
  while (from < before && prices.traded[from] == 0) ++from;
  return from;
}

/// Sets the lowest and highest close of each order's minutes.
void find_extremes(OrderPlan& plan, MinutePrices const& prices) {
  for (std::size_t k = 0; k < plan.orders.size(); ++k) {
    Order& order = plan.orders[k];
    std::size_t const end =
        k + 1 < plan.orders.size() ? plan.orders[k + 1].minute : plan.last_minute + 1;
    order.low = std::numeric_limits<double>::infinity();
    order.high = 0;
    for (std::size_t i = order.minute; i < end; ++i) {
      order.low = std::min(order.low, prices.close[i]);
      order.high = std::max(order.high, prices.close[i]);
    }
  }
}

/// The cash and the position of an account while its orders are filled.
class Books {
 public:
  Books(double fee_bp, std::optional<double> flat_cost, std::size_t orders)
      : fee_(fee_bp * 1e-4), flat_cost_(flat_cost) {
    account_.fills.reserve(orders);
  }

  /// False if there is no equity left to trade with.
  bool fill(Order const& order) {
    double const before = units_ * order.price, equity = cash_ + before, want = order.exposure;
    if (!(equity > 0)) return false;
    double const sign = want * equity > before ? 1 : -1;
    double const half = flat_cost_ ? 0 : order.half_spread;
    double const fee = flat_cost_ ? *flat_cost_ : fee_ * (1 + sign * half);
    double const change = (want * equity - before) / (1 + sign * want * (half + fee));
    double const size = std::abs(change), cost = (half + fee) * size;
    note_trade(want, before, change, cost);
    cash_ -= change + cost;
    units_ = want == 0 ? 0 : (before + change) / order.price;
    account_.fills.push_back({order.minute, order.price, half, fee * size, half * size,
                              before / equity, want, equity, size / equity, cash_, units_});
    return true;
  }

  /// True if the equity is not above 0 at one of the closes of an order's minutes.
  bool ruined_by(Order const& order) const {
    if (order.low > order.high) return false;  // the next order is filled in the same minute
    return !(cash_ + units_ * (units_ > 0 ? order.low : order.high) > 0);
  }

  double equity_at(double price) const { return cash_ + units_ * price; }
  Account take() { return std::move(account_); }

 private:
  /// Books the part of a change that closes a position and the part that opens one.
  void note_trade(double want, double before, double change, double cost) {
    double const size = std::abs(change);
    double closing = 0;
    if (want == 0) {
      closing = size;
    } else if (before * change < 0) {
      closing = std::min(size, std::abs(before));
    }
    if (closing > 0) {
      open_.net += std::copysign(closing, before) - cost * closing / size;
      if (want * before <= 0) {
        account_.trades.push_back(open_);
        open_ = {};
      }
    }
    if (size > closing) {
      open_.net -= std::copysign(size - closing, change) + cost * (size - closing) / size;
      open_.entry += size - closing;
    }
  }

  double fee_;
  std::optional<double> flat_cost_;
  double cash_ = 1, units_ = 0;
  Trade open_;
  Account account_;
};

}  // namespace

OrderPlan plan_orders(MinutePrices const& prices, std::span<TargetExposure const> events,
                      BacktestSettings const& settings, TickTable const& ticks) {
  assert(!events.empty());
  auto const count = static_cast<std::int64_t>(prices.size());
  std::int64_t const first = prices.minute_at(events.front().time_s);
  MONETA_REQUIRE(first >= 0 && first < count, data,
                 "the first event of a backtest is at {} (prices begin at {} and end at {}). Are "
                 "these the candles of the forecasts?",
                 utc_text(events.front().time_s), utc_text(prices.first_time_s),
                 utc_text(prices.time_of(prices.size())));
  std::int64_t const last = std::min(prices.minute_at(events.back().time_s), count - 1);
  OrderPlan plan{
      events.front().time_s, static_cast<std::size_t>(first), static_cast<std::size_t>(last), {}};
  std::vector<double> const& price_at = fill_prices(prices, settings.fill);
  double held = 0;
  for (std::size_t j = 0; j < events.size(); ++j) {
    double const want = events[j].exposure;
    if (std::abs(want - held) <= same_exposure) continue;
    bool const is_last = j + 1 == events.size();
    std::int64_t const next = is_last ? count : prices.minute_at(events[j + 1].time_s);
    auto const end = static_cast<std::size_t>(std::min(next, count));
    auto const from = static_cast<std::size_t>(std::min(prices.minute_at(events[j].time_s), count));
    std::size_t minute = next_traded(prices, from, end);
    bool const beyond = minute >= prices.size();  // no trade until the prices end
    if (minute >= end && !(beyond && (is_last || next > count))) continue;
    if (beyond) minute = prices.size() - 1;
    double const price = beyond ? prices.close.back() : price_at[minute];
    double const tick = ticks.at(prices.time_of(minute), price);
    double const half =
        std::max(settings.half_spread_ticks * tick / price, settings.half_spread_bp * 1e-4);
    plan.orders.push_back({minute, price, want, half, 0, 0});
    plan.last_minute = std::max(plan.last_minute, minute);
    held = want;
  }
  find_extremes(plan, prices);
  return plan;
}

Account run_account(OrderPlan const& plan, MinutePrices const& prices, double fee_bp,
                    std::optional<double> flat_cost) {
  Books books(fee_bp, flat_cost, plan.orders.size());
  bool trades = true, ruined = false;
  for (Order const& order : plan.orders) {
    trades = trades && books.fill(order);
    ruined = ruined || books.ruined_by(order);
  }
  double const final_equity = ruined ? 0 : books.equity_at(prices.close[plan.last_minute]);
  Account account = books.take();
  account.final_equity = final_equity;
  return account;
}

EquityCurve equity_curve(OrderPlan const& plan, Account const& account, MinutePrices const& prices,
                         MinuteSums& sums) {
  std::size_t const minutes = plan.last_minute - plan.first_minute + 1;
  EquityCurve curve{plan.first_time_s, std::vector<double>(minutes + 1)};
  curve.equity[0] = 1;
  double cash = 1, units = 0, sizes = 0, exposures = 0, moves = 0, products = 0;
  std::size_t next_fill = 0;
  bool ruined = false;
  for (std::size_t m = 0; m < minutes; ++m) {
    std::size_t const minute = plan.first_minute + m;
    for (; next_fill < account.fills.size() && account.fills[next_fill].minute <= minute;
         ++next_fill) {
      cash = account.fills[next_fill].cash;
      units = account.fills[next_fill].units;
    }
    double const value = units * prices.close[minute];
    ruined = ruined || !(cash + value > 0);
    curve.equity[m + 1] = ruined ? 0 : cash + value;
    double const exposure = ruined ? 0 : value / (cash + value);
    sizes += std::abs(exposure);
    if (m + 1 == minutes) continue;
    double const move = prices.close[minute + 1] / prices.close[minute] - 1;
    exposures += exposure;
    moves += move;
    products += exposure * move;
  }
  sums = {sizes / static_cast<double>(minutes), std::nullopt};
  if (minutes > 1) {
    double const days = static_cast<double>(minutes * 60) / seconds_per_day;
    double const mean_exposure = exposures / static_cast<double>(minutes - 1);
    sums.timing_per_day = (products - mean_exposure * moves) / days;
  }
  return curve;
}

}  // namespace moneta::backtest
