// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "statistics/baselines.h"
#include "statistics/bootstrap.h"
#include "statistics/calibration.h"
#include "statistics/diebold_mariano.h"
#include "statistics/forecasts.h"
#include "statistics/minute_profile.h"
#include "statistics/point_metrics.h"
#include "statistics/regimes.h"

namespace moneta::statistics {

/// A baseline beside the model, on the same forecasts.
struct BaselineReport {
  PointMetrics metrics;              ///< of the baseline
  std::optional<double> skill_over;  ///< of the model over it
  DieboldMariano test;               ///< of the model against it
};

/// What can be said about forecasts without trading. Undefined numbers have no value.
struct ForecastReport {
  PointMetrics model;
  double target_deviation = 0;          ///< population standard deviation of the targets
  double zero_targets = 0;              ///< share of the targets that are 0
  std::optional<double> commoner_sign;  ///< hit rate of the more common sign of the targets
  BaselineReport no_change;             ///< forecasts 0
  BaselineReport drift;                 ///< forecasts the mean return of the train part
  /// Linear regression on the returns before the decision time. `bounce.skill_over` is the headline
  /// number of the forecasts: a model without it has only learned that trades alternate between bid
  /// and ask, which cannot be traded.
  BaselineReport bounce;
  std::optional<double> ic_beyond_bounce;  ///< IC of what the bounce baseline does not explain
  std::optional<double> ic_t;              ///< IC / its HAC error
  /// t of the mean of target x forecast, against no change: Clark and West, JoE 2007.
  std::optional<double> clark_west_t;
  std::optional<double> shift_p;   ///< p-value of the IC by rotations of the forecasts
  ForecastIntervals intervals_95;  ///< the baseline of the skill is bounce
  Calibration calibration;
  QuantileTable deciles;
  MinuteProfile profile;
  std::vector<Regime> by_hour_utc, by_month, by_volatility;
};

/// Evaluates forecasts of a part that neither the baselines nor the edges of the volatility's
/// terciles were fitted on. `draws` also has the settings. Throws Error (data) if the forecasts do
/// not fulfill check_forecasts.
ForecastReport report_forecasts(MinutePrices const& prices, Forecasts const& forecasts,
                                Baselines const& baselines,
                                std::array<double, 2> const& volatility_edges,
                                BootstrapCache& draws);

}  // namespace moneta::statistics
