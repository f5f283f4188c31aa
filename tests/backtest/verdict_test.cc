// SPDX-License-Identifier: Apache-2.0
#include "backtest/verdict.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace moneta::backtest {
namespace {

constexpr std::int64_t monday_s = 1'759'104'000;  // 2025-09-29T00:00:00Z

Backtest trading(double per_day, double low, double high) {
  Backtest result;
  result.fills.emplace_back();
  result.performance.per_day = per_day;
  result.performance.per_day_95 = statistics::Interval{low, high};
  result.performance.days = 4.44;
  result.curve.first_time_s = monday_s;
  return result;
}

/// A report whose model loses 8.67 % a day.
CoinReport sample_report() {
  CoinReport report;
  report.model.always = {0.0, trading(-0.0867, -0.103, -0.0711)};
  report.model.chosen = report.model.always;
  report.bounce = report.model;
  report.hold = trading(0.0161, -0.1, 0.1);
  return report;
}

struct Sentence {
  char const* name;
  std::function<void(CoinReport&)> change;
  char const* text;
};

class Verdict : public testing::TestWithParam<Sentence> {};

TEST_P(Verdict, SaysWhatADayWouldHaveBrought) {
  CoinReport report = sample_report();
  GetParam().change(report);
  EXPECT_EQ(verdict("KRW-DOGE", report), GetParam().text);
}

void make_gain(CoinReport& report, double dsr) {
  report.model.chosen->backtest = trading(0.0216, 0.0102, 0.0351);
  report.model.chosen->backtest.performance.dsr = dsr;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Verdict, testing::ValuesIn(std::vector<Sentence>{
    {"Loss", [](CoinReport&) {},
     "KRW-DOGE: after fees and spread this model would have lost 8.67 % per day, 95 % interval -10.30 to -7.11, 4.4 days from 2025-09-29; holding the coin: +1.61 % per day."},
    {"Nothing", [](CoinReport& r) { r.model.chosen->backtest = trading(-0.0004, -0.01, 0.02); },
     "KRW-DOGE: after fees and spread this model would have changed the money by -0.04 % per day, which cannot be told from zero, 95 % interval -1.00 to +2.00, 4.4 days from 2025-09-29; holding the coin: +1.61 % per day."},
    {"Gain", [](CoinReport& r) { make_gain(r, 0.96); },
     "KRW-DOGE: after fees and spread this model would have made 2.16 % per day, 95 % interval +1.02 to +3.51, 4.4 days from 2025-09-29; holding the coin: +1.61 % per day."},
    {"GainThatMayBeLuck", [](CoinReport& r) { make_gain(r, 0.94); },
     "KRW-DOGE: after fees and spread this model would have made 2.16 % per day (not enough to rely on), 95 % interval +1.02 to +3.51, 4.4 days from 2025-09-29; holding the coin: +1.61 % per day."},
    {"GainBelowHolding", [](CoinReport& r) { make_gain(r, 0.99); r.hold = trading(0.03, 0, 1); },
     "KRW-DOGE: after fees and spread this model would have made 2.16 % per day (not enough to rely on), 95 % interval +1.02 to +3.51, 4.4 days from 2025-09-29; holding the coin: +3.00 % per day."},
    {"GainBelowBounce", [](CoinReport& r) { make_gain(r, 0.99); r.bounce.chosen->backtest = trading(0.03, 0, 1); },
     "KRW-DOGE: after fees and spread this model would have made 2.16 % per day (not enough to rely on), 95 % interval +1.02 to +3.51, 4.4 days from 2025-09-29; holding the coin: +1.61 % per day."},
    {"NoTrade", [](CoinReport& r) { r.model.chosen = Strategy{}; },
     "KRW-DOGE: on the validation part no threshold earned its costs, so the rule does not trade.\n"
     "KRW-DOGE: after fees and spread this model would have lost 8.67 % per day, 95 % interval -10.30 to -7.11, 4.4 days from 2025-09-29; holding the coin: +1.61 % per day."},
    {"NoFill", [](CoinReport& r) { r.model.chosen->backtest.fills.clear(); },
     "KRW-DOGE: no forecast asked for a position, so the rule did not trade."},
    {"NoValidationPart", [](CoinReport& r) { r.model.chosen.reset(); r.bounce.chosen.reset(); },
     "KRW-DOGE: after fees and spread this model would have lost 8.67 % per day, 95 % interval -10.30 to -7.11, 4.4 days from 2025-09-29; holding the coin: +1.61 % per day."},
    {"TooShort", [](CoinReport& r) { r.model.chosen->backtest.performance.per_day_95.reset(); },
     "KRW-DOGE: 4.4 days from 2025-09-29 are too few to say what this model would have brought after fees and spread."},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(MoneySentence, CanBeThatOfAPortfolio) {
  Backtest const all = trading(-0.0867, -0.103, -0.0711), hold = trading(0.0161, -0.1, 0.1);
  EXPECT_EQ(money_sentence("all 8 coins", "these models", "the coins", all.curve, all.performance,
                           hold.performance, false),
            "all 8 coins: after fees and spread these models would have lost 8.67 % per day, 95 % "
            "interval -10.30 to -7.11, 4.4 days from 2025-09-29; holding the coins: +1.61 % per "
            "day.");
}

statistics::ForecastReport forecast_with(double r2, double late_r2, double first, double t) {
  statistics::ForecastReport forecast;
  forecast.model.r2 = r2;
  forecast.model.ic = 0.2;
  forecast.ic_t = t;
  forecast.profile.late.r2 = late_r2;
  forecast.profile.ic_of_minute = {first, 0.2 - first};
  return forecast;
}

TEST(IsBounce, IsAGainThatIsGoneAMinuteLater) {
  EXPECT_TRUE(is_bounce(forecast_with(0.1, -0.1, 0, 0)));
  EXPECT_FALSE(is_bounce(forecast_with(0.1, 0.1, 0, 5)));
  EXPECT_FALSE(is_bounce(forecast_with(-0.1, -0.1, 0, 5)));
}

TEST(IsBounce, IsAnIcOfTheFirstMinute) {
  EXPECT_TRUE(is_bounce(forecast_with(0.1, 0.1, 0.11, 2.1)));
  EXPECT_FALSE(is_bounce(forecast_with(0.1, 0.1, 0.11, 1.9)));
  EXPECT_FALSE(is_bounce(forecast_with(0.1, 0.1, 0.09, 2.1)));
}

TEST(IsBounce, IsNotSaidOfConstantForecasts) {
  EXPECT_FALSE(is_bounce(statistics::ForecastReport{}));
}

/// A report and a strategy without a flag.
struct Unflagged {
  CoinReport report;
  Backtest strategy;
  Unflagged() {
    report.costs.tick_bp = 1;
    report.costs.side_bp = 7;
    report.forecast.target_deviation = 1e-3;
    strategy.performance.daily_returns = 30;
    strategy.performance.days = 30;
    strategy.trades = 30;
    strategy.gross_return = 0.2;
    strategy.timing_per_day = 0.005;
    strategy.break_even_bp = 8;
  }
};

struct FlagCase {
  char const* name;
  std::function<void(Unflagged&)> change;
  bool Flags::*flag;
};

class FindFlags : public testing::TestWithParam<FlagCase> {};

TEST_P(FindFlags, SetsOne) {
  Unflagged sample;
  EXPECT_FALSE(find_flags(sample.report, sample.strategy, {}).*GetParam().flag);
  GetParam().change(sample);
  Flags const flags = find_flags(sample.report, sample.strategy, {});
  EXPECT_TRUE(flags.*GetParam().flag);
  int set = 0;
  for (bool const each : {flags.bounce, flags.tick_bound, flags.is_short, flags.few_trades,
                          flags.drift, flags.costs}) {
    set += each ? 1 : 0;
  }
  EXPECT_EQ(set, 1);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, FindFlags, testing::ValuesIn(std::vector<FlagCase>{
    {"Bounce", [](Unflagged& s) { auto f = forecast_with(0.1, -0.1, 0, 0); f.target_deviation = 1e-3; s.report.forecast = f; }, &Flags::bounce},
    {"LargeTick", [](Unflagged& s) { s.report.costs.tick_bp = 2.6; }, &Flags::tick_bound},
    {"ZeroTargets", [](Unflagged& s) { s.report.forecast.zero_targets = 0.11; }, &Flags::tick_bound},
    {"Short", [](Unflagged& s) { s.strategy.performance.daily_returns = 29; }, &Flags::is_short},
    {"FewTrades", [](Unflagged& s) { s.strategy.trades = 29; }, &Flags::few_trades},
    {"Drift", [](Unflagged& s) { s.strategy.timing_per_day = 0.003; }, &Flags::drift},
    {"Costs", [](Unflagged& s) { s.strategy.break_even_bp = 6.9; }, &Flags::costs},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta::backtest
