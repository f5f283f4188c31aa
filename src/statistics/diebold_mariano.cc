// SPDX-License-Identifier: Apache-2.0
#include "statistics/diebold_mariano.h"

#include <cassert>
#include <cmath>
#include <vector>

#include "statistics/dependence.h"
#include "statistics/distributions.h"

namespace moneta::statistics {

DieboldMariano diebold_mariano(Numbers y, Numbers p, Numbers q, std::size_t overlap) {
  assert(y.size() == p.size() && y.size() == q.size());
  std::vector<double> gain(y.size());
  for (std::size_t i = 0; i < gain.size(); ++i) {
    gain[i] = (y[i] - q[i]) * (y[i] - q[i]) - (y[i] - p[i]) * (y[i] - p[i]);
  }
  MeanEstimate const estimate = hac_mean(gain, overlap);
  DieboldMariano test{estimate.mean, std::nullopt, std::nullopt};
  auto const n = static_cast<double>(y.size()), h = static_cast<double>(overlap);
  double const correction = (n + 1 - 2 * h + h * (h - 1) / n) / n;
  if (!estimate.t || !(correction > 0)) return test;
  test.t = *estimate.t * std::sqrt(correction);
  test.p = student_two_sided_p(*test.t, n - 1);
  return test;
}

}  // namespace moneta::statistics
