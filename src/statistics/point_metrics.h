// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "statistics/moments.h"

namespace moneta::statistics {

/// The accuracy of forecasts of log returns. What is not defined has no value.
struct PointMetrics {
  std::size_t samples = 0;
  /// 1 - sum (y - p)^2 / sum y^2, eq. 1 of Campbell and Thompson, "Predicting excess stock returns
  /// out of sample", RFS 2008, with no change as the benchmark. Undefined if all targets are 0.
  std::optional<double> r2;
  /// Share of the targets other than 0 whose sign was forecast; a forecast of 0 is wrong. Undefined
  /// if all targets are 0.
  std::optional<double> hit_rate;
  std::optional<double> ic;       ///< Pearson's correlation of targets and forecasts
  std::optional<double> rank_ic;  ///< Spearman's: that of the ranks; ties share their mean rank
};

/// The metrics of the forecasts p of the targets y, of equal length.
PointMetrics point_metrics(Numbers y, Numbers p);

/// 1 - sum (y - p)^2 / sum (y - q)^2: by how much the forecasts p improve on the forecasts q of a
/// baseline. Undefined if q is always right.
std::optional<double> skill_over(Numbers y, Numbers p, Numbers q);

/// The hit rate of always guessing the more common sign of the targets; undefined if all are 0.
std::optional<double> commoner_sign(Numbers y);

/// The correlation of what is left of y and p after each is regressed, with an intercept, on the
/// baseline's forecasts q. Undefined if y or p is constant or a linear function of q.
std::optional<double> ic_beyond(Numbers y, Numbers p, Numbers q);

}  // namespace moneta::statistics
