// SPDX-License-Identifier: Apache-2.0
#include "statistics/past_volatility.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/error.h"

namespace moneta::statistics {
namespace {

/// Sums over any `window` consecutive squares of one-minute log returns; return i ends at the close
/// of minute i, from first to last.
class SlidingSquares {
 public:
  SlidingSquares(std::vector<double> const& log_close, std::size_t first, std::size_t last,
                 std::size_t window)
      : first_(first), window_(window), to_here_(last - first + 1), from_here_(last - first + 1) {
    for (std::size_t i = 0; i < to_here_.size(); ++i) {
      double const move = log_close[first + i] - log_close[first + i - 1];
      from_here_[i] = move * move;
      to_here_[i] = from_here_[i] + (i % window == 0 ? 0 : to_here_[i - 1]);
    }
    for (std::size_t i = from_here_.size() - 1; i-- > 0;) {
      if ((i + 1) % window != 0) from_here_[i] += from_here_[i + 1];
    }
  }

  /// Over the returns from `from` to `to`, at most `window`.
  double sum(std::size_t from, std::size_t to) const {
    std::size_t const a = from - first_, b = to - first_;
    if (a % window_ == 0) return to_here_[b];
    assert(a / window_ < b / window_);  // shorter windows are at the start, where a is 0
    return from_here_[a] + to_here_[b];
  }

 private:
  std::size_t first_, window_;
  std::vector<double> to_here_;    // [returns] from the start of the block to here
  std::vector<double> from_here_;  // [returns] from here to the end of the block
};

}  // namespace

std::vector<double> past_volatility(MinutePrices const& prices,
                                    std::span<std::int64_t const> time_s, std::size_t window) {
  std::vector<double> volatility(time_s.size());
  if (time_s.empty()) return volatility;
  std::int64_t const last = prices.minute_at(time_s.back()) - 1;
  MONETA_REQUIRE(last < static_cast<std::int64_t>(prices.size()), data,
                 "the volatility at {} is not known (prices end at {}). Are these the candles of "
                 "the forecasts?",
                 utc_text(time_s.back()), utc_text(prices.time_of(prices.size())));
  auto const length = static_cast<std::int64_t>(window);
  std::int64_t const first = std::max<std::int64_t>(1, prices.minute_at(time_s.front()) - length);
  if (last < first) return volatility;
  SlidingSquares const squares(prices.log_close, static_cast<std::size_t>(first),
                               static_cast<std::size_t>(last), window);
  for (std::size_t i = 0; i < volatility.size(); ++i) {
    std::int64_t const to = prices.minute_at(time_s[i]) - 1;
    if (to < 1) continue;
    std::int64_t const from = std::max(first, to - length + 1);
    double const sum = squares.sum(static_cast<std::size_t>(from), static_cast<std::size_t>(to));
    volatility[i] = std::sqrt(sum / static_cast<double>(to - from + 1));
  }
  return volatility;
}

}  // namespace moneta::statistics
