// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace moneta {

/// The accuracy of a series of forecasts. Targets and predictions are log returns.
struct Metrics {
  std::size_t samples = 0;
  double mse = 0;        ///< mean squared error
  double naive_mse = 0;  ///< of the naive forecast (no change): the mean squared target
  double r2 = 0;  ///< out-of-sample R2, 1 - mse / naive_mse: Campbell and Thompson, "Predicting
                  ///< excess stock returns out of sample", RFS 2008, eq. 1, with the naive
                  ///< forecast as the benchmark
  double hit_rate = 0;  ///< fraction of the nonzero targets whose sign was predicted
  double ic = 0;        ///< information coefficient: Pearson correlation
  double rank_ic = 0;   ///< Spearman correlation: Pearson of the ranks; ties share their mean rank
};

/// A correlation with a constant is 0. Throws Error (data) if there are no samples or the lengths
/// differ.
Metrics compute_metrics(std::span<float const> target, std::span<float const> prediction);

}  // namespace moneta
