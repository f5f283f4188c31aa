// SPDX-License-Identifier: Apache-2.0
#include "statistics/baselines.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "statistics/random_prices.h"
#include "statistics/random_series.h"
#include "support/expect_error.h"

namespace moneta::statistics {
namespace {

using Rows = std::vector<std::array<double, bounce_regressor_count>>;

Rows random_rows(std::size_t n) {
  Rows rows(n);
  for (std::size_t c = 0; c < bounce_regressor_count; ++c) {
    auto const column = random_series(n, 20 + c);
    for (std::size_t i = 0; i < n; ++i) rows[i][c] = column[i];
  }
  return rows;
}

TEST(FitLinear, FindsAPlantedLine) {
  Rows const x = random_rows(200);
  std::vector<double> y;
  for (auto const& row : x) y.push_back(0.5 + 2 * row[0] - 3 * row[8]);
  auto const fit = fit_linear<bounce_regressor_count>(x, y);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(fit(x[i]), y[i], 1e-7);
  EXPECT_NEAR(fit.weight[0], 2, 1e-7);
  EXPECT_NEAR(fit.weight[4], 0, 1e-7);
  EXPECT_NEAR(fit.weight[8], -3, 1e-7);
}

TEST(FitLinear, IgnoresAColumnThatDoesNotVary) {
  Rows x = random_rows(100);
  for (auto& row : x) row[3] = 7;
  auto const fit = fit_linear<bounce_regressor_count>(x, random_series(100, 1));
  EXPECT_EQ(fit.weight[3], 0);
}

TEST(FitLinear, DividesTheWeightOfEqualColumns) {
  Rows x = random_rows(100);
  std::vector<double> y;
  for (auto& row : x) {
    row[1] = row[0];
    y.push_back(row[0]);
  }
  auto const fit = fit_linear<bounce_regressor_count>(x, y);
  EXPECT_NEAR(fit.weight[0], 0.5, 1e-6);
  EXPECT_NEAR(fit.weight[1], 0.5, 1e-6);
}

TEST(FitLinear, OfOneRowIsItsTarget) {
  Rows const x = random_rows(1);
  auto const fit = fit_linear<bounce_regressor_count>(x, std::vector<double>{0.25});
  EXPECT_DOUBLE_EQ(fit(x[0]), 0.25);
}

TEST(SolvePositiveDefinite, RejectsAMatrixThatIsNot) {
  std::vector<double> a{1, 2, 2, 1}, b{1, 1};
  expect_error(ErrorKind::internal, "the matrix of a fit has the pivot -3",
               [&] { solve_positive_definite(a, b); });
}

TEST(BounceRegressors, AreTheNineDistances) {
  MinutePrices prices;
  for (int i = 0; i < 30; ++i) {
    double const low = std::exp(0.01 * i), high = std::exp(0.01 * i + 0.02);
    prices.append(low, high, low, low, 1, true);
  }
  auto const x = bounce_regressors(prices, 25);
  constexpr std::array<double, 6> past{0.01, 0.02, 0.03, 0.05, 0.10, 0.20};
  for (std::size_t c = 0; c < past.size(); ++c) EXPECT_NEAR(x[c], past[c], 1e-12);
  double const above = std::log((1 + std::exp(0.02)) / 2);  // ln middle - ln close
  EXPECT_NEAR(x[6], -above, 1e-12);
  EXPECT_NEAR(x[7], 0.02 - above, 1e-12);
  EXPECT_NEAR(x[8], 0.07, 1e-12);
}

TEST(FitBaselines, UsesEveryStrideWithEnoughPricesAroundIt) {
  MinutePrices const prices = random_prices(100, 1);
  // Decision times after 25, 30, ... 85 minutes: 20 minutes before the last known one, 15 after it.
  auto const baselines = fit_baselines(prices, prices_start_s - 1000, prices_start_s + 100'000, {});
  EXPECT_EQ(baselines.samples, 13u);
  double sum = 0;
  for (std::size_t m = 25; m <= 85; m += 5)
    sum += prices.log_close[m + 14] - prices.log_close[m - 1];
  EXPECT_NEAR(baselines.drift, sum / 13, 1e-15);
}

TEST(FitBaselines, DoesNotSeeBeyondTheTrainPart) {
  MinutePrices prices = random_prices(600, 1);
  std::int64_t const last_s = prices.time_of(300);
  auto const before = fit_baselines(prices, prices_start_s, last_s, {});
  for (std::size_t i = 315; i < 600; ++i) {  // the last target ends with minute 314
    prices.log_close[i] += 0.3;
    prices.log_middle[i] += 0.3;
  }
  auto const after = fit_baselines(prices, prices_start_s, last_s, {});
  EXPECT_EQ(before.bounce.weight, after.bounce.weight);
  EXPECT_EQ(before.drift, after.drift);
}

TEST(FitBaselines, RejectsATrainPartWithoutPrices) {
  expect_error(
      ErrorKind::data, "no decision time from 2025-09-30T00:00:00Z to 2025-09-30T00:10:00Z",
      [] { fit_baselines(random_prices(100, 1), prices_start_s, prices_start_s + 600, {}); });
}

TEST(BounceForecasts, AreThoseOfTheFit) {
  MinutePrices const prices = random_prices(300, 1);
  auto const baselines = fit_baselines(prices, prices_start_s, prices.time_of(200), {});
  std::vector<std::int64_t> const time_s{prices.time_of(210), prices.time_of(215)};
  auto const forecasts = bounce_forecasts(prices, baselines, time_s);
  EXPECT_EQ(forecasts[0], baselines.bounce(bounce_regressors(prices, 209)));
  EXPECT_EQ(forecasts[1], baselines.bounce(bounce_regressors(prices, 214)));
}

TEST(BounceForecasts, RejectATimeWithoutPricesBeforeIt) {
  MinutePrices const prices = random_prices(300, 1);
  auto const baselines = fit_baselines(prices, prices_start_s, prices.time_of(200), {});
  for (std::size_t const minute : {20, 301}) {
    std::vector<std::int64_t> const time_s{prices.time_of(minute)};
    expect_error(ErrorKind::data, "the bounce baseline cannot forecast at 2025-09-30T0",
                 [&] { bounce_forecasts(prices, baselines, time_s); });
  }
}

}  // namespace
}  // namespace moneta::statistics
