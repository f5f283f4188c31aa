// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "statistics/moments.h"

namespace moneta::statistics {

/// The least squares line target = intercept + slope x forecast, the regression of Mincer and
/// Zarnowitz (1969). The slope is 1 if forecasts are calibrated, and below 1 if they are too large.
/// All are undefined if the forecasts are constant.
struct Calibration {
  std::optional<double> intercept;  ///< log return
  std::optional<double> slope;
  std::optional<double> slope_error;  ///< HAC standard error of the slope
  /// Two-sided p-value of slope = 1, by Student's t distribution with n - 1 degrees of freedom.
  std::optional<double> calibrated_p;
};

/// The calibration of the forecasts p of y, of equal length.
Calibration calibration(Numbers y, Numbers p, std::size_t overlap);

/// Forecasts of similar size.
struct QuantileBucket {
  std::size_t samples = 0;
  std::optional<double> prediction_bp;  ///< mean forecast, in basis points
  std::optional<double> realized_bp;    ///< mean target, in basis points
};

/// The buckets in the order of rising forecasts. `monotonicity` is Spearman's correlation of the
/// number of a bucket and its mean target, over the buckets that have samples.
struct QuantileTable {
  std::vector<QuantileBucket> buckets;
  std::optional<double> monotonicity;
};

/// Divides the forecasts by rank: bucket min(count - 1, floor((rank - 1/2) count / n)). Equal
/// forecasts share a bucket, so buckets may be empty.
QuantileTable quantile_table(Numbers y, Numbers p, std::size_t bucket_count = 10);

}  // namespace moneta::statistics
