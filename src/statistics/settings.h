// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace moneta::statistics {

/// How forecasts were made, and how their uncertainty is estimated.
struct ForecastSettings {
  std::int64_t horizon_minutes = 15;  ///< from a decision time to the end of its return, at least 1
  std::int64_t stride_minutes = 5;    ///< from a decision time to the next, at least 1
  std::size_t replicates = 1000;      ///< of the bootstrap
  std::uint64_t seed = 1;             ///< of the bootstrap

  /// Forecasts that are alive at once: horizon / stride, rounded up.
  std::size_t overlap() const {
    return static_cast<std::size_t>((horizon_minutes + stride_minutes - 1) / stride_minutes);
  }

  bool operator==(ForecastSettings const&) const = default;
};

}  // namespace moneta::statistics
