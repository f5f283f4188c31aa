// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/device_metric.h"

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

namespace moneta {
namespace {

struct DeviceCase {
  char const* test;
  char const *kind, *name, *metric;
  double factor;
  friend void PrintTo(DeviceCase const& c, std::ostream* out) { *out << c.test; }
};

class DeviceMetrics : public testing::TestWithParam<DeviceCase> {};

TEST_P(DeviceMetrics, HaveTheUnitsOfPrometheus) {
  DeviceMetric const metric = device_metric(GetParam().kind, GetParam().name);
  EXPECT_EQ(metric.name, GetParam().metric);
  EXPECT_EQ(metric.factor, GetParam().factor);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, DeviceMetrics, testing::ValuesIn(std::vector<DeviceCase>{
    {"Celsius", "gpu", "temperature_c", "moneta_gpu_temperature_celsius", 1},
    {"Watts", "gpu", "power_limit_w", "moneta_gpu_power_limit_watts", 1},
    {"Percent", "gpu", "utilisation_percent", "moneta_gpu_utilisation_ratio", 0.01},
    {"Share", "gpu", "throttled_share", "moneta_gpu_throttled_ratio", 1},
    {"Megahertz", "gpu", "clock_mhz", "moneta_gpu_clock_hertz", 1e6},
    {"Mebibytes", "gpu", "memory_mib", "moneta_gpu_memory_bytes", 1'048'576},
    {"Bytes", "cpu", "memory_max_bytes", "moneta_cpu_memory_max_bytes", 1},
    {"NoUnit", "cpu", "load_mean", "moneta_cpu_load_mean", 1},
    {"Nested", "gpu", "power_w/max", "moneta_gpu_power_max_watts", 1},
    {"NestedTwice", "gpu", "a/b/c_w", "moneta_gpu_a_b_c_w", 1},
    {"OddLetters", "gpu", "Fan 1 (rpm)", "moneta_gpu_fan_1__rpm_", 1},
    {"OnlyAUnit", "gpu", "_w", "moneta_gpu__w", 1},
}), [](auto const& each) { return each.param.test; });
// clang-format on

}  // namespace
}  // namespace moneta
