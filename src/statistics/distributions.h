// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace moneta::statistics {

/// P(Z <= x) of the standard normal distribution.
double normal_cdf(double x);

/// The z with P(Z <= z) = `probability`, which is inside (0, 1).
double normal_quantile(double probability);

/// P(|T| >= |t|) of Student's t distribution with `freedom` > 0 degrees of freedom.
double student_two_sided_p(double t, double freedom);

}  // namespace moneta::statistics
