// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/expect_error.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/monitor/device_summary.h"

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

TEST(GpuReadingJson, ComesBackTheSame) {
  Json const json = to_json(full_reading());
  EXPECT_EQ(json.size(), 14u);
  EXPECT_EQ(to_json(gpu_reading_from(Json::parse(json.dump()))).dump(), json.dump());
  EXPECT_EQ(to_json(GpuReading()).dump(), "{}");
  EXPECT_EQ(to_json(gpu_reading_from(Json::object())).dump(), "{}");
  EXPECT_EQ(gpu_reading_from({{"power_w", 3}, {"temperature_c", nullptr}}).power_w, 3);
}

TEST(GpuReadingJson, RefusesWhatIsNone) {
  for (Json const& json : {Json(3), Json::array(), Json{{"power_w", "much"}}}) {
    expect_error(ErrorKind::internal, "a rank sent what is not a reading of a GPU (",
                 [&] { gpu_reading_from(json); });
  }
}

TEST(HostReadingTest, IsKnownOnThisMachine) {
  HostReading const reading = read_host();
  EXPECT_GT(reading.process_bytes, std::uint64_t{1} << 20);
  EXPECT_GE(reading.load, 0.0);
  EXPECT_GE(reading.cores, 1u);
}

TEST(HostReadingTest, LeavesOutWhatTheSystemDoesNotSay) {
  FreshFolder root;
  EXPECT_EQ(read_host(root / "").load, std::nullopt);
  root.write("proc/loadavg", "1.25 0.50 0.25 2/345 6789\n");
  EXPECT_EQ(read_host(root / "").load, 1.25);
}

TEST(DiskReadingTest, IsTheRoomWhereAFolderLies) {
  FreshFolder folder;
  auto const reading = read_disk(folder / "");
  ASSERT_TRUE(reading);
  EXPECT_GT(reading->total_bytes, 0u);
  EXPECT_LE(reading->free_bytes, reading->total_bytes);
  EXPECT_FALSE(read_disk(folder / "missing"));
}

TEST(DeviceSummaryTest, OfNothingIsEmpty) { EXPECT_EQ(DeviceSummary().to_json().dump(), "{}"); }

TEST(DeviceSummaryTest, OfAGpuHasMaximaMeansAndShares) {
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

TEST(DeviceSummaryTest, OfCpusHasTheMemoryOfTheProcess) {
  DeviceSummary summary;
  summary.add({{1000, 1.0, 2}, std::nullopt});
  summary.add({{3000, std::nullopt, 2}, std::nullopt});
  summary.add({{2000, 2.0, 2}, std::nullopt});
  EXPECT_EQ(summary.to_json().dump(),
            R"({"kind":"cpu","samples":3,"memory_max_bytes":3000,"load_mean":1.5})");
}

TEST(DeviceSummaryTest, OfACardThatTellsNothingHasNoNumbers) {
  DeviceSummary summary;
  summary.add({{}, GpuReading()});
  EXPECT_EQ(summary.to_json().dump(), R"({"kind":"gpu","samples":1})");
}

TEST(DeviceReadingJson, HasAGpuOnlyIfThereIsOne) {
  EXPECT_EQ(to_json(DeviceReading{{1000, 1.5, 2}, std::nullopt}).dump(),
            R"({"host":{"process_bytes":1000,"load":1.5,"cores":2}})");
  EXPECT_EQ(to_json(DeviceReading{{}, GpuReading()}).dump(), R"({"host":{},"gpu":{}})");
}

}  // namespace
}  // namespace moneta
