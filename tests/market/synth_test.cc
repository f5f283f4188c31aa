// SPDX-License-Identifier: Apache-2.0
#include "market/synth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "market/bars.h"
#include "market/read_candles.h"
#include "market/write_candles.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

SynthSettings settings_of(std::int64_t days) {
  SynthSettings settings;
  settings.seed = 20250326;
  settings.start_s = 1'735'689'600;
  settings.days = days;
  return settings;
}

std::vector<double> log_returns(Bars const& bars, std::size_t step) {
  std::vector<double> returns;
  for (std::size_t i = step; i < bars.size(); i += step) {
    returns.push_back(std::log(bars.candles[i].close / bars.candles[i - step].close));
  }
  return returns;
}

double correlation(std::vector<double> const& x, std::vector<double> const& y) {
  double const n = static_cast<double>(std::min(x.size(), y.size()));
  double sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    sx += x[i], sy += y[i], xx += x[i] * x[i], yy += y[i] * y[i], xy += x[i] * y[i];
  }
  return (xy - sx * sy / n) / std::sqrt((xx - sx * sx / n) * (yy - sy * sy / n));
}

TEST(SyntheticMarket, IsDeterminedByItsSeedAndTheCoin) {
  auto const settings = settings_of(3);
  auto other = settings;
  other.seed += 1;
  auto const made = make_synthetic_coin(settings, "KRW-BTC");
  EXPECT_EQ(made.candles, make_synthetic_coin(settings, "KRW-BTC").candles);
  EXPECT_NE(made.candles, make_synthetic_coin(other, "KRW-BTC").candles);
  EXPECT_NE(made.candles, make_synthetic_coin(settings, "KRW-ETH").candles);
}

TEST(SyntheticMarket, OfMoreDaysBeginsWithTheMarketOfFewer) {
  auto const few = make_synthetic_coin(settings_of(2), "KRW-BTC").candles;
  auto const many = make_synthetic_coin(settings_of(4), "KRW-BTC").candles;
  ASSERT_GT(many.size(), few.size() + 2000);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
}

TEST(SyntheticMarket, LeavesOutTheConfiguredShareOfMinutes) {
  for (double const empty : {0.0, 0.02, 0.4}) {
    auto settings = settings_of(30);
    settings.empty_fraction = empty;
    auto const candles = make_synthetic_coin(settings, "KRW-BTC").candles;
    double const minutes = 30 * 1440;
    double const share = 1 - static_cast<double>(candles.size()) / minutes;
    EXPECT_NEAR(share, empty, 5 * std::sqrt(empty * (1 - empty) / minutes));
    for (Candle const& candle : candles) EXPECT_GT(candle.volume, 0);
  }
}

TEST(SyntheticMarket, CorrelatesItsCoinsAsConfigured) {
  for (double const shared : {0.0, 0.5, 0.9}) {
    auto settings = settings_of(30);
    settings.correlation = shared;
    settings.empty_fraction = 0;
    auto const btc = fill_minutes(make_synthetic_coin(settings, "KRW-BTC").candles);
    auto const eth = fill_minutes(make_synthetic_coin(settings, "KRW-ETH").candles);
    EXPECT_NEAR(correlation(log_returns(btc, 1), log_returns(eth, 1)), shared, 0.05);
  }
}

TEST(SyntheticMarket, HasCalmAndVolatileHours) {
  auto const bars = fill_minutes(make_synthetic_coin(settings_of(60), "KRW-BTC").candles);
  auto const returns = log_returns(bars, 1);
  std::vector<double> hours, next_hours;
  for (std::size_t i = 0; i + 120 <= returns.size(); i += 60) {
    double squares = 0, next = 0;
    for (std::size_t m = i; m < i + 60; ++m) {
      squares += returns[m] * returns[m];
      next += returns[m + 60] * returns[m + 60];
    }
    hours.push_back(std::log(squares));
    next_hours.push_back(std::log(next));
  }
  EXPECT_GT(correlation(hours, next_hours), 0.5) << "volatility does not last";
}

/// A forecaster that knows only the candles, for its R2 out of sample. It estimates the hidden
/// drift from the wicks of the latest minutes with a trade, and learns one factor for each level of
/// volatility.
struct WickForecaster {
  std::map<int, std::pair<double, double>> learned;  // of each volatility: sum of xy, of xx
  std::vector<double> signal;
  std::vector<int> group;

  explicit WickForecaster(Bars const& bars) {
    double drift = 0, size = 1e-3;
    for (std::size_t i = 0; i < bars.size(); ++i) {
      Candle const& bar = bars.candles[i];
      double const up = std::log(bar.high / std::max(bar.open, bar.close));
      double const down = std::log(std::min(bar.open, bar.close) / bar.low);
      if (bars.filled[i] == 0 && up + down > 0) {
        size += 0.1 * ((up + down) / 2 - size);
        drift += 0.35 * ((up - down) / (up + down) - drift);
      }
      signal.push_back(drift * size);
      group.push_back(static_cast<int>(std::lround(4 * std::log(size))));
    }
  }

  double out_of_sample_r2(Bars const& bars, std::size_t horizon) {
    std::size_t const half = bars.size() / 2;
    auto const actual = [&](std::size_t i) {
      return std::log(bars.candles[i + horizon].close / bars.candles[i].close);
    };
    double slope_xy = 0, slope_xx = 0, errors = 0, total = 0;
    for (std::size_t i = 100; i + horizon < half; ++i) {
      slope_xy += signal[i] * actual(i);
      slope_xx += signal[i] * signal[i];
      learned[group[i]].first += signal[i] * actual(i);
      learned[group[i]].second += signal[i] * signal[i];
    }
    for (std::size_t i = half; i + horizon < bars.size(); ++i) {
      auto const& [xy, xx] = learned[group[i]];
      double const prior = 1e-3 * slope_xx;
      double const slope = (xy + prior * slope_xy / slope_xx) / (xx + prior);
      double const y = actual(i);
      errors += (y - slope * signal[i]) * (y - slope * signal[i]);
      total += y * y;
    }
    return 1 - errors / total;
  }
};

class PlantedSignal : public testing::TestWithParam<double> {};

TEST_P(PlantedSignal, CanBeReachedFromTheCandlesButNotExceeded) {
  double stated = 0, reached = 0;
  int coins = 0;
  for (char const* coin : {"KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL"}) {
    auto settings = settings_of(365);
    settings.signal_r2 = GetParam();
    auto const made = make_synthetic_coin(settings, coin);
    Bars const bars = fill_minutes(made.candles);
    stated += made.reachable_r2;
    reached += WickForecaster(bars).out_of_sample_r2(bars, 15);
    ++coins;
  }
  stated /= coins;
  reached /= coins;
  EXPECT_NEAR(stated, GetParam(), 0.02);
  EXPECT_LT(reached, stated + 0.01) << "the candles reveal more than was planted";
  EXPECT_GT(reached, 0.85 * stated - 0.01) << "the planted signal cannot be found";
}

INSTANTIATE_TEST_SUITE_P(R2, PlantedSignal, testing::Values(0.0, 0.1, 0.3, 0.6),
                         [](auto const& each) {
                           return "Of" + std::to_string(std::lround(100 * each.param)) + "Percent";
                         });

TEST(SyntheticMarket, HasCandlesThatTheReaderAccepts) {
  ScratchFolder const folder;
  for (char const* coin : {"KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL", "KRW-DOGE"}) {
    auto const made = make_synthetic_coin(settings_of(20), coin);
    auto const path = folder / (std::string(coin) + ".csv.gz");
    write_candles(path, made.candles);
    EXPECT_EQ(read_candles(path, BadRows::error).candles, made.candles);
  }
}

struct SettingCase {
  char const* name;
  void (*change)(SynthSettings&);
  char const* message;

  friend void PrintTo(SettingCase const& c, std::ostream* out) { *out << c.name; }
};

class ImpossibleMarket : public testing::TestWithParam<SettingCase> {};

TEST_P(ImpossibleMarket, IsRejectedWithTheNameOfTheSetting) {
  auto settings = settings_of(1);
  GetParam().change(settings);
  expect_error(ErrorKind::config, GetParam().message,
               [&] { make_synthetic_coin(settings, "KRW-BTC"); });
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ImpossibleMarket, testing::ValuesIn(std::vector<SettingCase>{
    {"NoDays",        [](SynthSettings& s) { s.days = 0; },             "0 days with a horizon of 15 minutes (both must be positive)"},
    {"NoHorizon",     [](SynthSettings& s) { s.horizon_minutes = 0; },  "horizon of 0 minutes (both must be positive)"},
    {"OddStart",      [](SynthSettings& s) { s.start_s = 61; },         "synth.start is 61 (it must be the start of a minute"},
    {"NegativeStart", [](SynthSettings& s) { s.start_s = -60; },        "synth.start is -60"},
    {"SignalOfOne",   [](SynthSettings& s) { s.signal_r2 = 1; },        "synth.signal_r2 is 1 ("},
    {"SignalTooMuch", [](SynthSettings& s) { s.signal_r2 = 0.97; s.empty_fraction = 0.5; }, "synth.signal_r2 0.97 cannot be planted"},
    {"AllEmpty",      [](SynthSettings& s) { s.empty_fraction = 1; },   "synth.empty_fraction is 1 ("},
    {"Correlation",   [](SynthSettings& s) { s.correlation = 1.5; },    "synth.correlation is 1.5 ("},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
