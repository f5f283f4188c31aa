// SPDX-License-Identifier: Apache-2.0
#include "backtest/settings.h"

#include <cmath>
#include <utility>

#include "base/error.h"

namespace moneta::backtest {

void check_settings(BacktestSettings const& settings) {
  auto const& forecast = settings.forecast;
  MONETA_REQUIRE(forecast.horizon_minutes >= 1 && forecast.stride_minutes >= 1, config,
                 "a backtest has a horizon of {} and a stride of {} minutes (at least 1). Are the "
                 "forecasts those of a trained model?",
                 forecast.horizon_minutes, forecast.stride_minutes);
  constexpr std::size_t most_replicates = 10'000;
  MONETA_REQUIRE(forecast.replicates <= most_replicates, config,
                 "evaluate.replicates is {} (at most {}). Are 1000 enough?", forecast.replicates,
                 most_replicates);
  MONETA_REQUIRE(settings.variants >= 1, config,
                 "backtest.variants is 0 (it must be at least 1). Count this variant too?");
  constexpr double most_bp = 1000;
  for (auto const& [name, value] :
       {std::pair{"fee_bp", settings.fee_bp}, std::pair{"half_spread_bp", settings.half_spread_bp},
        std::pair{"half_spread_ticks", settings.half_spread_ticks}}) {
    MONETA_REQUIRE(value >= 0 && value <= most_bp, config,
                   "backtest.{} is {} (it must be from 0 to {}). Is it in basis points or ticks?",
                   name, value, most_bp);
  }
  for (auto const& [name, value] :
       {std::pair{"scale", settings.scale}, std::pair{"target_vol", settings.target_vol},
        std::pair{"volume_share", settings.volume_share}}) {
    MONETA_REQUIRE(value > 0 && std::isfinite(value), config,
                   "backtest.{} is {} (it must be positive). Leave it at its default?", name,
                   value);
  }
}

}  // namespace moneta::backtest
