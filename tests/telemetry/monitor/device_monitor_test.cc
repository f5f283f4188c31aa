// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/device_monitor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include "telemetry/monitor/event_trace.h"
#include "telemetry/monitor/with_fake_nvml.h"

namespace moneta {
namespace {

DeviceMonitorSettings without_thread() {
  DeviceMonitorSettings settings;
  settings.rank = 3;
  settings.expectation.power_limit_w = 345;
  settings.expectation.memory_limit_bytes = 20 * gib;
  settings.interval_s = 0;
  return settings;
}

/// A monitor of the fake card.
class MonitorOfAFakeCard : public testing::Test {
 protected:
  /// Takes samples and returns the events.
  std::string sample(std::size_t count) {
    std::string events;
    for (std::size_t i = 0; i < count; ++i) monitor->sample_now();
    for (EventRecord const& record : monitor->take_events()) {
      EXPECT_EQ(record.rank, 3u);
      events += (events.empty() ? "" : " ") + event_text(record);
    }
    return events;
  }

  WithFakeNvml fake;
  std::unique_ptr<DeviceMonitor> monitor =
      monitor_device(without_thread(), FakeNvml::uuid, fake.library());
};

TEST_F(MonitorOfAFakeCard, ReportsTheEventsOfAWeek) {
  EXPECT_EQ(sample(100), "");
  fake->temperature_c = 92;
  EXPECT_EQ(sample(50), "");
  fake->temperature_c = 93;
  fake->reason_bits = 0x20;
  fake->sm_clock_mhz = 1200;
  EXPECT_EQ(sample(50), "hot throttled");
  Json summary = monitor->take_summary();
  EXPECT_EQ(summary["samples"], 200);
  EXPECT_EQ(summary["temperature_max_c"], 93);
  EXPECT_EQ(summary["throttled_share"], 0.25);
  EXPECT_EQ(summary["throttle_reasons"].dump(), R"({"thermal":0.25})");
  EXPECT_EQ(summary["sm_clock_mean_mhz"], 1571.25);
  fake->temperature_c = 70;
  fake->reason_bits = 0x4;
  EXPECT_EQ(sample(50), "recovered(hot) throttled recovered(throttled)");  // the power cap, an info

  fake.add_process(999'999'999, 3 * gib);
  fake->memory_used = 15 * gib;
  EXPECT_EQ(sample(10), "other_process");
  fake->memory_used = 20 * gib;
  EXPECT_EQ(sample(10), "memory_near_limit");
  EXPECT_EQ(monitor->latest()->gpu->other_bytes, 3 * gib);
  fake->process_count = 1;
  fake->memory_used = 12 * gib;
  EXPECT_EQ(sample(10), "recovered(memory_near_limit) recovered(other_process)");

  fake->power_limit_mw = 300'000;
  EXPECT_EQ(sample(10), "power_limit");
  fake->utilisation = fake->memory = FakeNvml::unsupported;
  EXPECT_EQ(sample(10), "");
  EXPECT_FALSE(monitor->latest()->gpu->memory_used_bytes);

  fake->every_reading = FakeNvml::lost;
  EXPECT_EQ(sample(100), "gpu_lost");
  EXPECT_EQ(monitor->latest()->gpu->lost, "GPU is lost");
  fake->every_reading = FakeNvml::supported;
  EXPECT_EQ(sample(10), "recovered(gpu_lost)");
}

TEST_F(MonitorOfAFakeCard, SummarizesTheSamplesSinceTheLastSummary) {
  EXPECT_FALSE(monitor->latest());
  EXPECT_EQ(monitor->take_summary().dump(), "{}");
  fake->temperature_c = 80;
  sample(3);
  fake->temperature_c = 50;
  sample(1);
  EXPECT_EQ(monitor->take_summary()["temperature_max_c"], 80);
  EXPECT_EQ(monitor->take_summary()["temperature_max_c"],
            50);  // the latest sample, as there is no newer one
  fake->temperature_c = 40;
  sample(2);
  Json const summary = monitor->take_summary();
  EXPECT_EQ(summary["temperature_max_c"], 40);
  EXPECT_EQ(summary["samples"], 2);
}

TEST(MonitorDevice, SamplesTheMachineOnCpus) {
  auto const monitor = monitor_device(without_thread(), "");
  monitor->sample_now();
  EXPECT_TRUE(monitor->take_events().empty());
  EXPECT_FALSE(monitor->latest()->gpu);
  Json const summary = monitor->take_summary();
  EXPECT_EQ(summary["kind"], "cpu");
  EXPECT_GT(summary["memory_max_bytes"], std::uint64_t{1} << 20);
  EXPECT_TRUE(summary.contains("load_mean"));
}

TEST(MonitorDevice, ReportsOnceThatNvmlIsMissingAndSamplesTheMachine) {
  auto const monitor = monitor_device(without_thread(), "GPU-1", "libmoneta-no-such.so");
  monitor->sample_now();
  auto const events = monitor->take_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].event, Event::no_gpu_telemetry);
  EXPECT_EQ(events[0].severity, Severity::info);
  EXPECT_EQ(events[0].rank, 3u);
  EXPECT_TRUE(events[0].message.ends_with(
      "no NVML (libmoneta-no-such.so: cannot open shared object file: No such file or directory)"))
      << events[0].message;
  EXPECT_EQ(monitor->take_summary()["kind"], "cpu");
  EXPECT_TRUE(monitor->take_events().empty());
}

HostReading no_host() { return {}; }

TEST(DeviceMonitorThread, SamplesUntilTheMonitorIsDestroyed) {
  DeviceMonitorSettings settings;
  settings.interval_s = 0.001;
  std::atomic<int> readings = 0;
  std::promise<void> third;
  {
    DeviceMonitor const monitor(
        settings,
        [&] {
          if (++readings == 3) third.set_value();
          return GpuReading();
        },
        no_host);
    ASSERT_EQ(third.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  }
  int const at_end = readings;
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(readings, at_end);
}

TEST(DeviceMonitorThread, IsAbandonedIfAReadingHangs) {
  DeviceMonitorSettings settings;
  settings.stop_timeout_s = 0.01;
  std::promise<void> reads, release;
  auto const released = std::make_shared<std::promise<void>>();
  auto const wait = release.get_future().share();
  {
    DeviceMonitor monitor(
        settings,
        [&reads, released, wait] {
          reads.set_value();
          wait.wait();
          released->set_value();
          return GpuReading();
        },
        no_host);
    reads.get_future().wait();
    EXPECT_FALSE(monitor.latest());
    EXPECT_EQ(monitor.take_summary().dump(), "{}");
    EXPECT_TRUE(monitor.take_events().empty());
  }
  release.set_value();
  released->get_future().wait();
}

TEST(DeviceMonitorThread, MaySampleWhileOtherThreadsCallTheMonitor) {
  DeviceMonitorSettings settings;
  settings.interval_s = 1e-5;
  std::atomic<unsigned> reading_count = 0;
  DeviceMonitor monitor(
      settings,
      [&reading_count] {
        GpuReading reading;
        reading.temperature_c = ++reading_count % 2 ? 90 : 50;  // each sample causes an event
        return reading;
      },
      no_host);
  std::size_t samples = 0, events = 0;
  while (events < 100) {
    monitor.sample_now();
    monitor.latest();
    events += monitor.take_events().size();
    samples += monitor.take_summary()["samples"].get<std::size_t>();
  }
  EXPECT_GE(samples, 100u);
}

TEST(DeviceMonitor, KeepsTheLatestEventsOnlyIfNobodyTakesThem) {
  unsigned reading_count = 0;
  DeviceMonitor monitor(
      without_thread(),
      [&reading_count] {
        GpuReading reading;
        reading.temperature_c = ++reading_count % 2 ? 90 : 50;
        return reading;
      },
      no_host);
  for (int i = 0; i < 301; ++i) monitor.sample_now();
  auto const events = monitor.take_events();
  EXPECT_EQ(events.size(), 256u);
  EXPECT_EQ(events.back().event, Event::hot);
}

TEST(DeviceMonitor, SkipsASampleIfItsReadingThrows) {
  int reading_count = 0;
  DeviceMonitor monitor(
      without_thread(),
      [&reading_count]() -> GpuReading {
        if (++reading_count == 1) throw std::bad_alloc();
        return {};
      },
      no_host);
  EXPECT_NO_THROW(monitor.sample_now());
  EXPECT_FALSE(monitor.latest());
  monitor.sample_now();
  EXPECT_EQ(monitor.take_summary()["samples"], 1);
}

}  // namespace
}  // namespace moneta
