// SPDX-License-Identifier: Apache-2.0
#include "data/price_check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "support/error_text.h"

namespace moneta {
namespace {

constexpr std::int64_t start_s = 1'617'364'800;  // 2021-04-02T12:00:00Z

/// Candles that open at the close before and have no wicks.
std::vector<Candle> candles_of(std::vector<double> const& closes, std::int64_t minutes_apart = 1) {
  std::vector<Candle> candles;
  for (std::size_t i = 0; i < closes.size(); ++i) {
    double const open = i == 0 ? closes[0] : closes[i - 1], close = closes[i];
    candles.push_back({start_s + static_cast<std::int64_t>(i) * minutes_apart * 60, open,
                       std::max(open, close), std::min(open, close), close, 1});
  }
  return candles;
}

std::vector<std::uint32_t> lines_of(std::vector<Candle> const& candles) {
  std::vector<std::uint32_t> lines(candles.size());
  std::iota(lines.begin(), lines.end(), 2u);
  return lines;
}

struct StepCase {
  char const* name;
  std::vector<Candle> candles;
  char const* message;

  friend void PrintTo(StepCase const& c, std::ostream* out) { *out << c.name; }
};

std::vector<Candle> with_wick(double low, double high) {
  auto candles = candles_of({100, 101, 100, 101, 100});
  candles[2].low = low;
  candles[2].high = high;
  return candles;
}

std::vector<Candle> opens_at(double open) {
  auto candles = candles_of({100, 100, 100});
  candles[1].open = candles[1].high = open;
  return candles;
}

std::vector<double> closes_with(double other, std::size_t from, std::size_t end) {
  std::vector<double> closes(100, 100.0);
  for (auto i = from; i < end; ++i) closes[i] = other;
  return closes;
}

class PriceStepTest : public testing::TestWithParam<StepCase> {};

TEST_P(PriceStepTest, IsNamedWithWhatItIs) {
  auto const& candles = GetParam().candles;
  auto const text = error_text(ErrorKind::data,
                               [&] { check_prices(candles, lines_of(candles), "raw/A.csv", 0.5); });
  EXPECT_NE(text.find(GetParam().message), std::string::npos) << text;
  EXPECT_NE(text.find("; that is more than data.max_price_step = 0.5. Co"), std::string::npos)
      << text;
  EXPECT_NO_THROW(check_prices(candles, lines_of(candles), "raw/A.csv", 1e6));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PriceStepTest, testing::ValuesIn(std::vector<StepCase>{
    {"Redenomination", candles_of(closes_with(100'000, 10, 100)),
     "'raw/A.csv' line 12: at 2021-04-02T12:10:00Z the price goes from 100 to 100000 and stays there (a token swap or a redenomination?)"},
    {"Fall",           candles_of(closes_with(60, 10, 100)),
     "line 12: at 2021-04-02T12:10:00Z the price goes from 100 to 60 and stays there"},
    {"OneWrongCandle", candles_of(closes_with(100'000, 10, 11)),
     "line 12: at 2021-04-02T12:10:00Z the price goes from 100 to 100000 and returns within 1 min (one wrong candle?)"},
    {"AFewWrongCandles", candles_of(closes_with(1, 10, 15)), "from 100 to 1 and returns within 5 min"},
    {"TheLastCandle",  candles_of(closes_with(1, 99, 100)),  "from 100 to 1 in the last candle (a wrong one?)"},
    {"InsideACandle",  with_wick(100, 200),  "line 4: at 2021-04-02T12:02:00Z the price goes from 100 to 200 and returns within 1 min"},
    {"DeepWick",       with_wick(0.01, 101), "line 4: at 2021-04-02T12:02:00Z the price goes from 0.01 to 101 and returns"},
    {"AtTheOpen",      opens_at(1'000),      "line 3: at 2021-04-02T12:01:00Z the price goes from 100 to 1000 and returns"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(CheckPrices, AdvisesWhatFitsTheStep) {
  auto const advice = [](std::vector<Candle> const& candles) {
    auto const text = error_text(ErrorKind::data,
                                 [&] { check_prices(candles, lines_of(candles), "A.csv", 0.5); });
    return text.substr(text.find("0.5. ") + 5);
  };
  std::string const end = ", or is the step real and data.max_price_step too small?";
  EXPECT_EQ(advice(candles_of(closes_with(1'000, 10, 100))),
            "Convert the earlier prices or remove the earlier rows" + end);
  EXPECT_EQ(advice(candles_of(closes_with(1'000, 10, 11))), "Correct or remove the row" + end);
  EXPECT_EQ(advice(candles_of(closes_with(1'000, 99, 100))), "Correct or remove the row" + end);
}

TEST(CheckPrices, AcceptsStepsUpToTheBound) {
  for (auto const& candles : {candles_of(closes_with(150, 10, 100)), with_wick(100, 150)}) {
    EXPECT_NO_THROW(check_prices(candles, lines_of(candles), "A.csv", 0.5));
    EXPECT_DOUBLE_EQ(largest_price_step(candles).size, 0.5);
    EXPECT_FALSE(first_price_step_above(candles, 0.5));
    EXPECT_TRUE(first_price_step_above(candles, 0.4));
  }
}

TEST(CheckPrices, NamesCandlesOfSeveralMinutes) {
  auto const candles = candles_of(std::vector<double>(60, 100.0), 5);
  auto const text = error_text(ErrorKind::data,
                               [&] { check_prices(candles, lines_of(candles), "raw/A.csv", 0.5); });
  EXPECT_EQ(text,
            "the rows of 'raw/A.csv' are 5 minutes apart (candles of one minute are needed). Fetch "
            "those of 1m?");
}

TEST(UsualInterval, IsOneMinuteForCoinsThatAreSeldomTraded) {
  std::vector<Candle> candles;
  std::int64_t minute = 0;
  for (std::int64_t i = 0; i < 400; ++i) {
    minute += 1 + (i * i) % 7;
    candles.push_back({start_s + minute * 60, 1, 1, 1, 1, 1});
  }
  EXPECT_EQ(usual_interval_minutes(candles), 1);
  EXPECT_EQ(usual_interval_minutes({}), 1);
  EXPECT_EQ(usual_interval_minutes(candles_of(std::vector<double>(29, 1.0), 60)), 1)
      << "too few candles to tell";
  EXPECT_EQ(usual_interval_minutes(candles_of(std::vector<double>(30, 1.0), 60)), 60);
}

TEST(TickSize, IsWhatDividesAllPrices) {
  EXPECT_DOUBLE_EQ(estimate_tick_size(candles_of({95'000'000, 95'001'000, 95'003'000})), 1'000);
  EXPECT_DOUBLE_EQ(estimate_tick_size(candles_of({0.3, 0.25, 0.1})), 0.05);
  EXPECT_DOUBLE_EQ(estimate_tick_size(candles_of({1e-8, 3e-8})), 1e-8);
  EXPECT_EQ(estimate_tick_size(candles_of({std::sqrt(2.0), 2})), 0);
}

}  // namespace
}  // namespace moneta
