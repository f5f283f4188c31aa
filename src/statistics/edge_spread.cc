// SPDX-License-Identifier: Apache-2.0
#include "statistics/edge_spread.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "statistics/moments.h"

namespace moneta::statistics {
namespace {

struct LogBar {
  double open, high, low, close;
  double middle() const { return (high + low) / 2; }
};

std::vector<LogBar> traded_log_bars(MinutePrices const& prices, std::int64_t first_s,
                                    std::int64_t end_s) {
  auto const count = static_cast<std::int64_t>(prices.size());
  auto const first =
      static_cast<std::size_t>(std::clamp(prices.minute_at(first_s), std::int64_t{0}, count));
  auto const end =
      static_cast<std::size_t>(std::clamp(prices.minute_at(end_s), std::int64_t{0}, count));
  std::vector<LogBar> bars;
  for (std::size_t i = first; i < end; ++i) {
    if (prices.traded[i] == 0) continue;
    bars.push_back({std::log(prices.open[i]), std::log(prices.high[i]), std::log(prices.low[i]),
                    prices.log_close[i]});
  }
  return bars;
}

/// Means over pairs of consecutive bars. A pair counts as moved if its bar has a range or its price
/// is not the close before it.
struct PairMeans {
  double moved = 0;
  double pairs = 0;
  double at_open = 0;   ///< moved pairs whose open is not the high, plus those where not the low
  double at_close = 0;  ///< the same for the close of the bar before
  double middle_open = 0, middle_close = 0, open_close = 0;  ///< mean log returns
};

bool moves(LogBar const& before, LogBar const& bar) {
  return bar.high != bar.low || bar.low != before.close;
}

PairMeans mean_of_pairs(std::vector<LogBar> const& bars) {
  PairMeans means;
  for (std::size_t i = 1; i < bars.size(); ++i) {
    LogBar const& before = bars[i - 1];
    LogBar const& bar = bars[i];
    double const moved = moves(before, bar) ? 1 : 0;
    means.moved += moved;
    means.at_open += moved * ((bar.open != bar.high ? 1 : 0) + (bar.open != bar.low ? 1 : 0));
    means.at_close +=
        moved * ((before.close != before.high ? 1 : 0) + (before.close != before.low ? 1 : 0));
    means.middle_open += bar.middle() - bar.open;
    means.middle_close += bar.middle() - before.close;
    means.open_close += bar.open - before.close;
  }
  means.pairs = static_cast<double>(bars.size() - 1);
  for (double* each : {&means.moved, &means.at_open, &means.at_close, &means.middle_open,
                       &means.middle_close, &means.open_close}) {
    *each /= means.pairs;
  }
  return means;
}

}  // namespace

std::optional<double> edge_spread(MinutePrices const& prices, std::int64_t first_s,
                                  std::int64_t end_s) {
  std::vector<LogBar> const bars = traded_log_bars(prices, first_s, end_s);
  if (bars.size() < 3) return std::nullopt;
  PairMeans const means = mean_of_pairs(bars);
  if (means.moved * means.pairs < 1.5 || means.at_open == 0 || means.at_close == 0) {
    return std::nullopt;
  }
  // Two unbiased estimators of the squared spread, one value of each per pair.
  std::vector<double> by_middle, by_close;
  for (std::size_t i = 1; i < bars.size(); ++i) {
    LogBar const& before = bars[i - 1];
    LogBar const& bar = bars[i];
    double const share = moves(before, bar) ? 1 / means.moved : 0;
    double const middle_open = bar.middle() - bar.open - share * means.middle_open;
    double const middle_close = bar.middle() - before.close - share * means.middle_close;
    double const open_close = bar.open - before.close - share * means.open_close;
    double const open_middle = bar.open - before.middle();
    double const close_middle = before.close - before.middle();
    by_middle.push_back(-4 / means.at_open * middle_open * open_middle -
                        4 / means.at_close * middle_close * close_middle);
    by_close.push_back(-4 / means.at_open * middle_open * (bar.open - before.close) -
                       4 / means.at_close * open_close * close_middle);
  }
  double const v1 = population_variance(by_middle), v2 = population_variance(by_close);
  double const m1 = mean(by_middle), m2 = mean(by_close);
  // Weighted by the variance of the other one, the optimal combination of the two.
  double const square = v1 + v2 > 0 ? (v2 * m1 + v1 * m2) / (v1 + v2) : (m1 + m2) / 2;
  return std::sqrt(std::max(0.0, square));
}

}  // namespace moneta::statistics
