// SPDX-License-Identifier: Apache-2.0
#include "market/features.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <string>

#include "market/made_candles.h"
#include "support/golden.h"

namespace moneta {
namespace {

std::string const golden_file = std::string(MONETA_TESTS) + "/golden/features_golden.h5";

/// Slow and obvious reference: every feature by its definition, in long double, from the whole
/// series. Each row sums its windows from scratch; the recursions start at the first bar.
class Reference {
 public:
  using Real = long double;
  explicit Reference(std::vector<Candle> const& bars) : bars_(bars) {
    Real gain = 0, loss = 0, range = 0;
    for (std::size_t i = 0; i < bars.size(); ++i) {
      ema_12_.push_back(i == 0 ? close(0) : ema_12_[i - 1] + (close(i) - ema_12_[i - 1]) * 2 / 13);
      ema_26_.push_back(i == 0 ? close(0) : ema_26_[i - 1] + (close(i) - ema_26_[i - 1]) * 2 / 27);
      Real const macd = ema_12_[i] - ema_26_[i];
      signal_.push_back(i == 0 ? 0 : signal_[i - 1] + (macd - signal_[i - 1]) * 2 / 10);
      Real const change = i == 0 ? 0 : close(i) - close(i - 1);
      Real const top = std::max<Real>(bars[i].high, i == 0 ? 0 : close(i - 1));
      Real const bottom = std::min<Real>(bars[i].low, i == 0 ? bars[i].low : close(i - 1));
      gain += (std::max<Real>(change, 0) - gain) / 14;
      loss += (std::max<Real>(-change, 0) - loss) / 14;
      range += (top - bottom - range) / 14;
      gain_.push_back(gain);
      loss_.push_back(loss);
      range_.push_back(range);
    }
  }

  /// Features of row i, which must be after the warm-up.
  std::vector<double> row(std::size_t i) const {
    Candle const& bar = bars_[i];
    Real const c = bar.close, top = std::max(bar.open, bar.close),
               bottom = std::min(bar.open, bar.close);
    Real const mid = mean(i, 20, &Reference::close);
    Real const band = 2 * stddev(i, 20, &Reference::close);
    Real const macd = ema_12_[i] - ema_26_[i];
    Real const volume = mean(i, 20, &Reference::volume);
    Real const up = mean(i, 14, &Reference::flow_up), down = mean(i, 14, &Reference::flow_down);
    std::vector<Real> const row = {
        std::log(c / close(i - 1)),
        std::log(c / close(i - 5)),
        std::log(c / close(i - 15)),
        std::log(c / close(i - 60)),
        std::log(c / bar.open),
        std::log(Real{bar.high} / bar.low),
        std::log(bar.high / top),
        std::log(bottom / bar.low),
        c / mid - 1,
        c / mean(i, 60, &Reference::close) - 1,
        c / ema_12_[i] - 1,
        c / ema_26_[i] - 1,
        macd / c,
        (macd - signal_[i]) / c,
        gain_[i] / (gain_[i] + loss_[i]),
        stochastic(i),
        (stochastic(i) + stochastic(i - 1) + stochastic(i - 2)) / 3,
        band > 0 ? (c - mid + band) / (2 * band) : 0.5L,
        2 * band / mid,
        range_[i] / c,
        std::log1p(volume > 0 ? bar.volume / volume : 0),
        up + down > 0 ? up / (up + down) : 0.5L,
        stddev(i, 60, &Reference::log_return),
    };
    return {row.begin(), row.end()};
  }

 private:
  using Number = Real (Reference::*)(std::size_t) const;
  Real close(std::size_t i) const { return bars_[i].close; }
  Real volume(std::size_t i) const { return bars_[i].volume; }
  Real log_return(std::size_t i) const { return std::log(close(i) / close(i - 1)); }
  // In double: a typical price that is equal to the one before must stay so.
  double typical(std::size_t i) const {
    return (bars_[i].high + bars_[i].low + bars_[i].close) / 3.0;
  }
  Real flow_up(std::size_t i) const {
    return typical(i) > typical(i - 1) ? Real{typical(i)} * volume(i) : 0;
  }
  Real flow_down(std::size_t i) const {
    return typical(i) < typical(i - 1) ? Real{typical(i)} * volume(i) : 0;
  }
  Real mean(std::size_t i, std::size_t count, Number number) const {
    Real sum = 0;
    for (std::size_t back = 0; back < count; ++back) sum += (this->*number)(i - back);
    return sum / static_cast<Real>(count);
  }
  Real stddev(std::size_t i, std::size_t count, Number number) const {
    Real const middle = mean(i, count, number);
    Real squares = 0;
    for (std::size_t back = 0; back < count; ++back) {
      Real const off = (this->*number)(i - back) - middle;
      squares += off * off;
    }
    return std::sqrt(squares / static_cast<Real>(count));
  }
  Real stochastic(std::size_t i) const {
    Real highest = 0, lowest = std::numeric_limits<Real>::max();
    for (std::size_t back = 0; back < 14; ++back) {
      highest = std::max<Real>(highest, bars_[i - back].high);
      lowest = std::min<Real>(lowest, bars_[i - back].low);
    }
    return highest > lowest ? (close(i) - lowest) / (highest - lowest) : 0.5L;
  }

  std::vector<Candle> const& bars_;
  std::vector<Real> ema_12_, ema_26_, signal_, gain_, loss_, range_;
};

/// Expects rows [first, first + expected.size() / F) to be accurate to 1e-5 of each feature's
/// range.
void expect_close(std::vector<float> const& features, std::size_t first,
                  std::span<double const> expected) {
  for (std::size_t f = 0; f < feature_count; ++f) {
    double least = expected[f], greatest = expected[f];
    for (std::size_t at = f; at < expected.size(); at += feature_count) {
      least = std::min(least, expected[at]);
      greatest = std::max(greatest, expected[at]);
    }
    ASSERT_GT(greatest, least) << feature_names[f];
    double worst = 0;
    for (std::size_t at = f; at < expected.size(); at += feature_count) {
      double const error = std::abs(features[first * feature_count + at] - expected[at]);
      worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
    }
    EXPECT_LT(worst / (greatest - least), 1e-5) << feature_names[f];
  }
}

class GoldenFeatures : public testing::TestWithParam<std::string> {};

TEST_P(GoldenFeatures, MatchEveryRowAfterTheWarmUp) {
  auto const candles = golden::read_golden(golden_file, GetParam() + "/candles");
  auto const expected = golden::read_golden(golden_file, GetParam() + "/features");
  Bars bars;
  for (std::size_t i = 0; i < candles.shape[0]; ++i) {
    double const* row = candles.values.data() + i * 5;
    bars.candles.push_back(
        {static_cast<std::int64_t>(i) * 60, row[0], row[1], row[2], row[3], row[4]});
    bars.filled.push_back(0);
  }
  auto const features = compute_features(bars);
  ASSERT_EQ(features.size(), expected.values.size());
  ASSERT_GE(bars.size(), 2 * feature_warmup_bars);
  expect_close(features, feature_warmup_bars,
               std::span(expected.values).subspan(feature_warmup_bars * feature_count));
}

INSTANTIATE_TEST_SUITE_P(Timeframe, GoldenFeatures, testing::Values("1m", "5m", "15m"),
                         [](auto const& each) { return "Of" + each.param; });

TEST(Features, HaveTheNamesAndTheWarmUpOfTheReference) {
  auto const names = golden::read_golden_texts(golden_file, "/", "names");
  EXPECT_EQ(names, std::vector<std::string>(feature_names.begin(), feature_names.end()));
  EXPECT_EQ(golden::read_golden_attribute(golden_file, "/", "warmup").front(),
            static_cast<double>(feature_warmup_bars));
}

TEST(Features, AreFiniteAfterTheWarmUpAndNaNBeforeTheirWindowsAreFull) {
  auto const features = compute_features(bars_of(made_candles(1000, 6)));
  for (std::size_t at = feature_warmup_bars * feature_count; at < features.size(); ++at) {
    ASSERT_TRUE(std::isfinite(features[at])) << feature_names[at % feature_count];
  }
  EXPECT_TRUE(std::isnan(features[59 * feature_count + 3]));   // log_return_60
  EXPECT_TRUE(std::isnan(features[59 * feature_count + 22]));  // volatility_60
  EXPECT_TRUE(std::isfinite(features[60 * feature_count + 22]));
  EXPECT_TRUE(compute_features(Bars{}).empty());
}

TEST(Features, KeepTheirPrecisionOverAYearOfMinutes) {
  auto const candles = made_candles(525'600, 7, 9.87e7);
  auto const features = compute_features(bars_of(candles));
  Reference const reference(candles);
  std::size_t const first = candles.size() - 2000;
  std::vector<double> expected;
  for (std::size_t i = first; i < candles.size(); ++i) {
    auto const row = reference.row(i);
    expected.insert(expected.end(), row.begin(), row.end());
  }
  expect_close(features, first, expected);
}

TEST(Features, DoNotDependOnBarsBeforeTheWarmUp) {
  auto const candles = made_candles(120'000, 8);
  std::size_t const left_out = 100'003;
  auto const all = compute_features(bars_of(candles));
  auto const late = compute_features(bars_of({candles.begin() + left_out, candles.end()}));
  std::vector<double> expected;
  for (std::size_t at = feature_warmup_bars * feature_count; at < late.size(); ++at) {
    expected.push_back(late[at]);
  }
  expect_close(all, left_out + feature_warmup_bars, expected);
}

TEST(Features, OfTinyMovesOfALargePriceKeepTheirPrecision) {
  auto candles = made_candles(2000, 9, 1.0);
  for (Candle& candle : candles) {  // moves of a millionth, as of a stable coin
    for (double* price : {&candle.open, &candle.high, &candle.low, &candle.close}) {
      *price = 1e8 * (1 + 1e-4 * (*price - 1));
    }
  }
  auto const features = compute_features(bars_of(candles));
  Reference const reference(candles);
  std::vector<double> expected;
  for (std::size_t i = feature_warmup_bars; i < candles.size(); ++i) {
    auto const row = reference.row(i);
    expected.insert(expected.end(), row.begin(), row.end());
  }
  expect_close(features, feature_warmup_bars, expected);
}

TEST(Features, OfAConstantPriceAreNeutral) {
  std::vector<Candle> candles;
  for (std::int64_t i = 0; i < 400; ++i) candles.push_back({i * 60, 0.1, 0.1, 0.1, 0.1, 0});
  auto const features = compute_features(bars_of(candles));
  std::vector<float> expected(feature_count, 0.0f);
  for (std::size_t const f : {14, 15, 16, 17, 21}) expected[f] = 0.5f;  // shares of nothing
  EXPECT_EQ(std::vector<float>(features.end() - feature_count, features.end()), expected);
}

TEST(Features, AreExactlyNeutralAgainAfterAMoveLeftTheWindows) {
  auto candles = made_candles(500, 10);
  for (std::int64_t i = 0; i < 200; ++i) {
    double const price = candles.back().close;
    candles.push_back({candles.back().time_s + 60, price, price, price, price, 0});
  }
  auto const features = compute_features(bars_of(candles));
  float const* row = features.data() + features.size() - feature_count;
  for (std::size_t const f : {0, 1, 2, 3, 8, 9, 18, 20, 22}) {
    EXPECT_EQ(row[f], 0.0f) << feature_names[f];
  }
  for (std::size_t const f : {15, 16, 17, 21}) EXPECT_EQ(row[f], 0.5f) << feature_names[f];
}

TEST(Features, AreBitwiseEqualIfOnlyTheFutureChanges) {
  auto candles = made_candles(3000, 11);
  std::size_t const changed = 1777;
  for (std::int64_t const minutes : {1, 5, 15}) {
    auto future = candles;
    for (std::size_t i = changed; i < future.size(); ++i) {
      future[i].open = future[i].high = future[i].low = future[i].close =
          1e-3 * static_cast<double>(i);
      future[i].volume = 1e9;
    }
    Bars const bars = resample(bars_of(candles), minutes);
    auto const before = compute_features(bars);
    auto const after = compute_features(resample(bars_of(future), minutes));
    std::size_t rows = 0;
    auto const t = candles[changed].time_s;  // the close of the minute before
    while (bars.candles[rows].time_s + minutes * 60 <= t) ++rows;
    ASSERT_GT(rows, 100u);
    for (std::size_t at = 0; at < rows * feature_count; ++at) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(before[at]), std::bit_cast<std::uint32_t>(after[at]))
          << feature_names[at % feature_count] << " of row " << at / feature_count;
    }
    EXPECT_NE(before[rows * feature_count], after[rows * feature_count])
        << "the change was not seen";
  }
}

}  // namespace
}  // namespace moneta
