// SPDX-License-Identifier: Apache-2.0
#include "backtest/settings.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <vector>

#include "support/expect_error.h"

namespace moneta::backtest {
namespace {

struct WrongSettings {
  char const* name;
  std::function<void(BacktestSettings&)> change;
  char const* text;
};

class CheckSettings : public testing::TestWithParam<WrongSettings> {};

TEST_P(CheckSettings, Rejects) {
  BacktestSettings settings;
  check_settings(settings);
  GetParam().change(settings);
  expect_error(ErrorKind::config, GetParam().text, [&] { check_settings(settings); });
}

double const nan = std::numeric_limits<double>::quiet_NaN();

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, CheckSettings, testing::ValuesIn(std::vector<WrongSettings>{
    {"NoHorizon", [](auto& s) { s.forecast.horizon_minutes = 0; }, "a horizon of 0 and a stride of 5 minutes (at least 1)"},
    {"NoStride", [](auto& s) { s.forecast.stride_minutes = 0; }, "a horizon of 15 and a stride of 0 minutes"},
    {"ManyReplicates", [](auto& s) { s.forecast.replicates = 10'001; }, "evaluate.replicates is 10001 (at most 10000)"},
    {"NoVariant", [](auto& s) { s.variants = 0; }, "backtest.variants is 0"},
    {"NegativeFee", [](auto& s) { s.fee_bp = -1; }, "backtest.fee_bp is -1 (it must be from 0 to 1000)"},
    {"HugeFee", [](auto& s) { s.fee_bp = 1001; }, "backtest.fee_bp is 1001"},
    {"NoNumber", [](auto& s) { s.half_spread_bp = nan; }, "backtest.half_spread_bp is nan"},
    {"NegativeTicks", [](auto& s) { s.half_spread_ticks = -0.5; }, "backtest.half_spread_ticks is -0.5"},
    {"NoScale", [](auto& s) { s.scale = 0; }, "backtest.scale is 0 (it must be positive)"},
    {"InfiniteTarget", [](auto& s) { s.target_vol = std::numeric_limits<double>::infinity(); }, "backtest.target_vol is inf"},
    {"NoShare", [](auto& s) { s.volume_share = nan; }, "backtest.volume_share is nan"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(ForecastSettings, OverlapIsRoundedUp) {
  EXPECT_EQ((statistics::ForecastSettings{15, 5}).overlap(), 3u);
  EXPECT_EQ((statistics::ForecastSettings{16, 5}).overlap(), 4u);
  EXPECT_EQ((statistics::ForecastSettings{3, 5}).overlap(), 1u);
}

}  // namespace
}  // namespace moneta::backtest
