// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace moneta {

/// How good a series of forecasts is. Targets and predictions are log returns.
struct Metrics {
  std::size_t samples = 0;
  double mse = 0;            ///< mean squared error
  double no_change_mse = 0;  ///< of the forecast "the price stays": mean squared target
  double r2 = 0;  ///< 1 - mse / no_change_mse: Campbell, Thompson, "Predicting excess stock returns
                  ///< out of sample", RFS 2008, eq. 1, with no change as the benchmark
  double direction = 0;  ///< share of the targets that are not 0 whose sign was forecast
  double ic = 0;         ///< information coefficient: Pearson's correlation
  double rank_ic = 0;    ///< Spearman's: Pearson's of the ranks, ties share the mean rank
};

/// Throws Error (data) for no samples or different lengths. A correlation with a constant is 0.
Metrics compute_metrics(std::span<float const> target, std::span<float const> prediction);

}  // namespace moneta
