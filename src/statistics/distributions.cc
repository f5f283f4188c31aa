// SPDX-License-Identifier: Apache-2.0
#include "statistics/distributions.h"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace moneta::statistics {

double normal_cdf(double x) { return boost::math::cdf(boost::math::normal{}, x); }

double normal_quantile(double probability) {
  return boost::math::quantile(boost::math::normal{}, probability);
}

double student_two_sided_p(double t, double freedom) {
  boost::math::students_t const distribution(freedom);
  return 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(t)));
}

}  // namespace moneta::statistics
