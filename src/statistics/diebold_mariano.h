// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "statistics/moments.h"

namespace moneta::statistics {

struct DieboldMariano {
  std::optional<double> gain;  ///< mean of (y - q)^2 - (y - p)^2: positive if p is better than q
  std::optional<double> t;     ///< undefined if the gain does not vary
  std::optional<double> p;     ///< two-sided
};

/// The test of Diebold and Mariano (JBES 1995) of equal squared errors of the forecasts p and q of
/// y, with a HAC error whose Bartlett weights never give a negative variance, times the correction
/// sqrt((n + 1 - 2 H + H (H - 1) / n) / n) for small samples by Harvey, Leybourne and Newbold (IJF
/// 1997), where H is `overlap`; p by Student's t distribution with n - 1 degrees of freedom. The
/// lengths are equal.
DieboldMariano diebold_mariano(Numbers y, Numbers p, Numbers q, std::size_t overlap);

}  // namespace moneta::statistics
