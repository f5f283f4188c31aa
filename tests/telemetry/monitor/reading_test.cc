// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/device_summary.h"

#include <gtest/gtest.h>

#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

GpuReading full_reading() {
  GpuReading reading;
  reading.memory_used_bytes = 12'000;
  reading.memory_total_bytes = 24'000;
  reading.process_bytes = 11'000;
  reading.temperature_c = 61;
  reading.slowdown_c = 93;
  reading.power_w = 340.5;
  reading.power_limit_w = 345;
  reading.utilisation_percent = 99;
  reading.memory_utilisation_percent = 50;
  reading.sm_clock_mhz = 1700;
  reading.throttle_reasons = {"power_cap", "idle"};
  reading.other_processes = 1;
  reading.other_bytes = 500;
  reading.lost = "gone";
  return reading;
}

TEST(GpuReadingJson, HasAKeyForEachMemberThatIsKnown) {
  EXPECT_EQ(to_json(full_reading()).dump(),
            R"({"memory_used_bytes":12000,"memory_total_bytes":24000,"process_bytes":11000,)"
            R"("temperature_c":61.0,"slowdown_c":93.0,"power_w":340.5,"power_limit_w":345.0,)"
            R"("utilisation_percent":99.0,"memory_utilisation_percent":50.0,)"
            R"("sm_clock_mhz":1700.0,"throttle_reasons":["power_cap","idle"],)"
            R"("other_processes":1,"other_bytes":500,"lost":"gone"})");
  EXPECT_EQ(to_json(GpuReading()).dump(), "{}");
}

TEST(IsThrottling, IsTrueForReasonsThatKeepTheGpuFromRunningFaster) {
  for (char const* const reason :
       {"power_cap", "thermal", "hw_slowdown", "hw_thermal", "hw_power_brake", "sync_boost"}) {
    EXPECT_TRUE(is_throttling(reason)) << reason;
  }
  for (char const* const reason :
       {"idle", "applications_clocks", "display_clocks", "other", "unknown", ""}) {
    EXPECT_FALSE(is_throttling(reason)) << reason;
  }
}

TEST(ReadHost, KnowsThisMachine) {
  HostReading const reading = read_host();
  EXPECT_GT(reading.process_bytes, std::uint64_t{1} << 20);
  EXPECT_GE(reading.load, 0.0);
  EXPECT_GE(reading.cores, 1u);
}

TEST(ReadHost, LeavesUnknownMembersEmpty) {
  FreshFolder root;
  EXPECT_EQ(read_host(root / "").load, std::nullopt);
  root.write("proc/loadavg", "1.25 0.50 0.25 2/345 6789\n");
  EXPECT_EQ(read_host(root / "").load, 1.25);
}

TEST(ReadDisk, ReturnsTheSpaceOfTheFileSystemOfAFolder) {
  FreshFolder folder;
  auto const reading = read_disk(folder / "");
  ASSERT_TRUE(reading);
  EXPECT_GT(reading->total_bytes, 0u);
  EXPECT_LE(reading->free_bytes, reading->total_bytes);
  EXPECT_FALSE(read_disk(folder / "missing"));
}

TEST(DeviceSummaryJson, IsEmptyWithoutSamples) {
  EXPECT_EQ(DeviceSummary().to_json().dump(), "{}");
}

TEST(DeviceSummaryJson, HasMaximaMeansAndFractionsOfAGpu) {
  DeviceSummary summary;
  DeviceReading reading{{1000, 1.0, 2}, full_reading()};
  reading.gpu->lost.reset();
  reading.gpu->throttle_reasons = {"idle"};
  summary.add(reading);
  reading.host.load = 2;
  reading.gpu->memory_used_bytes = 13'000;
  reading.gpu->temperature_c = 70;
  reading.gpu->power_w = 300.5;
  reading.gpu->throttle_reasons = {"power_cap", "thermal"};
  summary.add(reading);
  reading.gpu->memory_used_bytes = 9'000;
  reading.gpu->power_w.reset();
  reading.gpu->throttle_reasons = {"power_cap"};
  summary.add(reading);
  EXPECT_EQ(summary.to_json().dump(),
            R"({"kind":"gpu","samples":3,"memory_max_bytes":13000,"memory_total_bytes":24000,)"
            R"("process_max_bytes":11000,"temperature_max_c":70.0,"power_mean_w":320.5,)"
            R"("power_limit_w":345.0,"utilisation_mean_percent":99.0,)"
            R"("memory_utilisation_mean_percent":50.0,"sm_clock_mean_mhz":1700.0,)"
            R"("throttled_share":0.667,"throttle_reasons":{"power_cap":0.667,"thermal":0.333},)"
            R"("other_processes_max":1,"load_mean":1.667})");
}

TEST(DeviceSummaryJson, HasTheMemoryOfTheProcessOnCpus) {
  DeviceSummary summary;
  summary.add({{1000, 1.0, 2}, std::nullopt});
  summary.add({{3000, std::nullopt, 2}, std::nullopt});
  summary.add({{2000, 2.0, 2}, std::nullopt});
  EXPECT_EQ(summary.to_json().dump(),
            R"({"kind":"cpu","samples":3,"memory_max_bytes":3000,"load_mean":1.5})");
}

TEST(DeviceSummaryJson, HasNoValuesOfAGpuThatSupportsNoReading) {
  DeviceSummary summary;
  summary.add({{}, GpuReading()});
  EXPECT_EQ(summary.to_json().dump(), R"({"kind":"gpu","samples":1})");
}

TEST(DeviceReadingJson, HasAGpuOnlyIfTheRankHasOne) {
  EXPECT_EQ(to_json(DeviceReading{{1000, 1.5, 2}, std::nullopt}).dump(),
            R"({"host":{"process_bytes":1000,"load":1.5,"cores":2}})");
  EXPECT_EQ(to_json(DeviceReading{{}, GpuReading()}).dump(), R"({"host":{},"gpu":{}})");
}

}  // namespace
}  // namespace moneta
