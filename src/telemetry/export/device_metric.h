// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace moneta {

/// The Prometheus metric for a number of `EpochRecord::device`.
struct DeviceMetric {
  std::string name;
  double factor = 1;  ///< from the number's unit to the base unit of Prometheus
};

/// For a device of the kind "gpu", the number "temperature_max_c" becomes
/// moneta_gpu_temperature_max_celsius, "power_w/mean" moneta_gpu_power_mean_watts, and
/// "utilisation_percent" moneta_gpu_utilisation_ratio.
DeviceMetric device_metric(std::string const& kind, std::string const& name);

}  // namespace moneta
