// SPDX-License-Identifier: Apache-2.0
#include "backtest/ticks.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <tuple>
#include <utility>

namespace moneta::backtest {
namespace {

constexpr double least_share_on_grid = 0.995;
constexpr std::size_t least_prices = 200;
constexpr std::size_t least_distinct = 5;
constexpr std::int32_t finest_steps = 40;  // candidates from the band down

/// The quotient of a division that rounds down, and its remainder, which is never negative.
std::pair<std::int32_t, std::size_t> divide(std::int32_t number, std::int32_t by) {
  std::int32_t const rest = ((number % by) + by) % by;
  return {(number - rest) / by, static_cast<std::size_t>(rest)};
}

/// 1, 2 or 5 x 10^k, numbered like the bands that they begin.
double grid_step(std::int32_t number) {
  constexpr std::array<double, 3> digit{1, 2, 5};
  auto const [decade, rest] = divide(number, 3);
  return digit[rest] * std::pow(10.0, decade);
}

bool has_distinct(std::vector<double> const& prices, std::size_t least) {
  std::vector<double> seen;
  for (double const price : prices) {
    if (std::find(seen.begin(), seen.end(), price) != seen.end()) continue;
    seen.push_back(price);
    if (seen.size() >= least) return true;
  }
  return false;
}

/// Whether nearly all prices are multiples of `tick`; stops as soon as too many are not.
bool lie_on_grid(std::vector<double> const& prices, double tick) {
  auto const count = static_cast<double>(prices.size());
  std::size_t off = 0;
  for (double const price : prices) {
    double const steps = price / tick;
    bool const on = std::abs(steps - std::nearbyint(steps)) < 1e-9 * steps + 1e-6;
    if (on) continue;
    ++off;
    if ((count - static_cast<double>(off)) / count < least_share_on_grid) return false;
  }
  return true;
}

/// The prices of one month by band. Prices between two of the same band are in that band, so that
/// a logarithm is needed only for a new highest or lowest price.
class MonthPrices {
 public:
  void add(double price) {
    if (current_ == nullptr || price < low_ || price > high_) find_band(price);
    current_->push_back(price);
  }

  /// Appends the ticks of the month and forgets its prices.
  void flush(std::int32_t month, std::vector<EstimatedTick>& to) {
    for (auto const& [band, prices] : bands_) {
      if (prices.size() < least_prices || !has_distinct(prices, least_distinct)) continue;
      for (std::int32_t step = band; step > band - finest_steps; --step) {
        if (!lie_on_grid(prices, grid_step(step))) continue;
        to.push_back({month, band, grid_step(step)});
        break;
      }
    }
    bands_.clear();
    current_ = nullptr;
  }

 private:
  void find_band(double price) {
    std::int32_t const band = price_band(price);
    bool const same = current_ != nullptr && band == band_;
    low_ = same ? std::min(low_, price) : price;
    high_ = same ? std::max(high_, price) : price;
    band_ = band;
    current_ = &bands_[band];
  }

  std::map<std::int32_t, std::vector<double>> bands_;
  std::vector<double>* current_ = nullptr;
  std::int32_t band_ = 0;
  double low_ = 0, high_ = 0;  // of the prices since the band changed
};

}  // namespace

std::int32_t price_band(double price) {
  auto const decade = static_cast<std::int32_t>(std::floor(std::log10(price) + 1e-12));
  double const start = std::pow(10.0, decade);
  return 3 * decade + (price >= 1.999999999 * start ? 1 : 0) +
         (price >= 4.999999999 * start ? 1 : 0);
}

std::int32_t month_number(std::int64_t time_s) {
  namespace chrono = std::chrono;
  chrono::year_month_day const day{
      chrono::floor<chrono::days>(chrono::sys_seconds{chrono::seconds{time_s}})};
  return static_cast<int>(day.year()) * 12 + static_cast<int>(static_cast<unsigned>(day.month())) -
         1;
}

double TickTable::at(std::int64_t time_s, double price) const {
  ListedTick const* newest = nullptr;
  for (ListedTick const& each : listed) {
    if (each.from_s > time_s || each.least_price > price) continue;
    if (newest == nullptr ||
        std::tie(newest->from_s, newest->least_price) <= std::tie(each.from_s, each.least_price)) {
      newest = &each;
    }
  }
  if (newest != nullptr) return newest->tick;
  if (estimated.empty()) return 0;
  std::int32_t const band = price_band(price), month = month_number(time_s);
  auto const distance = [&](EstimatedTick const& each) {
    return std::pair{std::abs(each.band - band), std::abs(each.month - month)};
  };
  return std::min_element(estimated.begin(), estimated.end(),
                          [&](EstimatedTick const& a, EstimatedTick const& b) {
                            return distance(a) < distance(b);
                          })
      ->tick;
}

TickTable estimate_ticks(statistics::MinutePrices const& prices) {
  TickTable table;
  MonthPrices month_prices;
  std::int64_t next_month_s = prices.first_time_s;
  std::int32_t month = 0;
  for (std::size_t i = 0; i < prices.size(); ++i) {
    std::int64_t const time_s = prices.time_of(i);
    if (time_s >= next_month_s) {
      month_prices.flush(month, table.estimated);
      month = month_number(time_s);
      next_month_s = next_month_start(time_s);
    }
    if (prices.traded[i] == 0) continue;
    for (auto const* each : {&prices.open, &prices.high, &prices.low, &prices.close}) {
      month_prices.add((*each)[i]);
    }
  }
  month_prices.flush(month, table.estimated);
  return table;
}

}  // namespace moneta::backtest
