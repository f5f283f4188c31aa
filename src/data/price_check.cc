// SPDX-License-Identifier: Apache-2.0
#include "data/price_check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/time.h"

namespace moneta {
namespace {

double step_size(double a, double b) { return std::max(a, b) / std::min(a, b) - 1; }

/// The largest step that is seen in a candle.
PriceStep step_at(std::span<Candle const> candles, std::size_t row) {
  Candle const& candle = candles[row];
  PriceStep step{row, candle.time_s, candle.low, candle.high, step_size(candle.low, candle.high)};
  if (row == 0) return step;
  double const before = candles[row - 1].close;
  for (double const after : {candle.open, candle.close}) {
    double const size = step_size(before, after);
    if (size >= step.size) step = {row, candle.time_s, before, after, size};
  }
  return step;
}

/// How many minutes after a step the close is again near that before it; 0 if it is not within an
/// hour of candles.
std::int64_t minutes_until_return(std::span<Candle const> candles, PriceStep const& step) {
  constexpr std::size_t most_candles = 60;
  double const before = step.row > 0 ? candles[step.row - 1].close : step.before;
  double const near = std::min(0.1, step.size / 2);
  auto const end = std::min(candles.size(), step.row + 1 + most_candles);
  for (auto row = step.row; row < end; ++row) {
    if (step_size(candles[row].close, before) > near) continue;
    return std::max<std::int64_t>(1, (candles[row].time_s - step.time_s) / seconds_per_minute);
  }
  return 0;
}

}  // namespace

PriceStep largest_price_step(std::span<Candle const> candles) {
  PriceStep largest;
  for (std::size_t row = 0; row < candles.size(); ++row) {
    auto const step = step_at(candles, row);
    if (step.size > largest.size) largest = step;
  }
  return largest;
}

std::optional<PriceStep> first_price_step_above(std::span<Candle const> candles, double size) {
  for (std::size_t row = 0; row < candles.size(); ++row) {
    auto const step = step_at(candles, row);
    if (step.size > size) return step;
  }
  return std::nullopt;
}

std::string describe_price_step(std::span<Candle const> candles, PriceStep const& step) {
  auto const text = fmt::format("at {} the price goes from {:.8g} to {:.8g}", utc_text(step.time_s),
                                step.before, step.after);
  auto const minutes = minutes_until_return(candles, step);
  if (minutes > 0) {
    return fmt::format("{} and returns within {} min (one wrong candle?)", text, minutes);
  }
  if (step.row + 1 == candles.size()) return text + " in the last candle (a wrong one?)";
  return text + " and stays there (a token swap or a redenomination?)";
}

std::int64_t usual_interval_minutes(std::span<Candle const> candles) {
  constexpr std::size_t fewest_candles = 30;
  if (candles.size() < fewest_candles) return 1;
  std::map<std::int64_t, std::size_t> counts;
  for (std::size_t i = 1; i < candles.size(); ++i) {
    ++counts[(candles[i].time_s - candles[i - 1].time_s) / seconds_per_minute];
  }
  auto const most =
      std::max_element(counts.begin(), counts.end(),
                       [](auto const& a, auto const& b) { return a.second < b.second; });
  return 2 * most->second > candles.size() - 1 ? most->first : 1;
}

double estimate_tick_size(std::span<Candle const> candles) {
  constexpr std::size_t most_candles = 5'000;
  constexpr double most_exact = 9e15;  // whole numbers up to here are exact
  auto const latest = candles.last(std::min(candles.size(), most_candles));
  for (double scale = 1; scale <= 1e12; scale *= 10) {
    std::int64_t divisor = 0;
    bool const is_whole = std::all_of(latest.begin(), latest.end(), [&](Candle const& candle) {
      for (double const price : {candle.open, candle.high, candle.low, candle.close}) {
        double const ticks = std::round(price * scale);
        if (ticks > most_exact || ticks / scale != price) return false;
        divisor = std::gcd(divisor, static_cast<std::int64_t>(ticks));
      }
      return true;
    });
    if (is_whole) return static_cast<double>(divisor) / scale;
  }
  return 0;
}

void check_prices(std::span<Candle const> candles, std::span<std::uint32_t const> lines,
                  std::filesystem::path const& path, double max_price_step) {
  auto const interval = usual_interval_minutes(candles);
  MONETA_REQUIRE(
      interval == 1, data,
      "the rows of '{}' are {} minutes apart (candles of one minute are needed). Fetch those of 1m?",
      path.string(), interval);
  auto const step = first_price_step_above(candles, max_price_step);
  if (!step) return;
  bool const stays = minutes_until_return(candles, *step) == 0 && step->row + 1 < candles.size();
  throw Error(
      ErrorKind::data,
      fmt::format(
          "'{}' line {}: {}; that is more than data.max_price_step = {:g}. {}, or is the step real and data.max_price_step too small?",
          path.string(), lines[step->row], describe_price_step(candles, *step), max_price_step,
          stays ? "Convert the earlier prices or remove the earlier rows"
                : "Correct or remove the row"));
}

}  // namespace moneta
