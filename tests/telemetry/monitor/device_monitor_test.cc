// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/device_monitor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include "base/error.h"
#include "telemetry/monitor/with_fake_nvml.h"

namespace moneta {
namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

DeviceMonitorSettings without_thread() {
  DeviceMonitorSettings settings;
  settings.rank = 3;
  settings.expectation.power_limit_w = 345;
  settings.expectation.memory_limit_bytes = 20 * gib;
  settings.every_s = 0;
  return settings;
}

/// A rank's monitor of the fake card, and what it tells.
class DeviceStory : public testing::Test {
 protected:
  /// Takes samples and returns the actions of the events that they brought.
  std::string told(std::size_t samples) {
    std::string actions;
    for (std::size_t i = 0; i < samples; ++i) monitor->sample_now();
    for (EventRecord const& event : monitor->take_events()) {
      EXPECT_EQ(event.rank, 3u);
      bool const is_end = event.action == "recovered";
      actions += (actions.empty() ? "" : " ") + event.action +
                 (is_end ? fmt::format("({})", event.details["from"].get<std::string>()) : "");
    }
    return actions;
  }

  WithFakeNvml fake;
  std::unique_ptr<DeviceMonitor> monitor =
      monitor_device(without_thread(), FakeNvml::uuid, fake.library());
};

TEST_F(DeviceStory, OfAWeek) {
  EXPECT_EQ(told(100), "");
  fake->temperature_c = 92;
  EXPECT_EQ(told(50), "");
  fake->temperature_c = 93;
  fake->reason_bits = 0x20;
  fake->sm_clock_mhz = 1200;
  EXPECT_EQ(told(50), "hot throttled");
  Json summary = monitor->take_summary();
  EXPECT_EQ(summary["samples"], 200);
  EXPECT_EQ(summary["temperature_max_c"], 93);
  EXPECT_EQ(summary["throttled_share"], 0.25);
  EXPECT_EQ(summary["throttle_reasons"].dump(), R"({"thermal":0.25})");
  EXPECT_EQ(summary["sm_clock_mean_mhz"], 1571.25);
  fake->temperature_c = 70;
  fake->reason_bits = 0x4;
  EXPECT_EQ(told(50), "recovered(hot) throttled recovered(throttled)");  // the power cap, an info

  fake.add_process(999'999'999, 3 * gib);
  fake->memory_used = 15 * gib;
  EXPECT_EQ(told(10), "other_process");
  fake->memory_used = 20 * gib;
  EXPECT_EQ(told(10), "memory_near_limit");
  EXPECT_EQ(monitor->latest()->gpu->other_bytes, 3 * gib);
  fake->process_count = 1;
  fake->memory_used = 12 * gib;
  EXPECT_EQ(told(10), "recovered(memory_near_limit) recovered(other_process)");

  fake->power_limit_mw = 300'000;
  EXPECT_EQ(told(10), "power_limit");
  fake->utilisation = fake->memory = FakeNvml::unsupported;
  EXPECT_EQ(told(10), "");
  EXPECT_FALSE(monitor->latest()->gpu->memory_used_bytes);

  fake->every_reading = FakeNvml::lost;
  EXPECT_EQ(told(100), "gpu_lost");
  EXPECT_EQ(monitor->latest()->gpu->lost, "GPU is lost");
  fake->every_reading = FakeNvml::supported;
  EXPECT_EQ(told(10), "recovered(gpu_lost)");
}

TEST_F(DeviceStory, SummariesAreOfTheTimeSinceTheLast) {
  EXPECT_FALSE(monitor->latest());
  EXPECT_EQ(monitor->take_summary().dump(), "{}");
  fake->temperature_c = 80;
  told(3);
  fake->temperature_c = 50;
  told(1);
  EXPECT_EQ(monitor->take_summary()["temperature_max_c"], 80);
  EXPECT_EQ(monitor->take_summary()["temperature_max_c"], 50);  // the newest, for want of another
  fake->temperature_c = 40;
  told(2);
  Json const summary = monitor->take_summary();
  EXPECT_EQ(summary["temperature_max_c"], 40);
  EXPECT_EQ(summary["samples"], 2);
}

TEST(WatchDevice, OnCpusSamplesTheMachine) {
  auto const monitor = monitor_device(without_thread(), "");
  monitor->sample_now();
  EXPECT_TRUE(monitor->take_events().empty());
  EXPECT_FALSE(monitor->latest()->gpu);
  Json const summary = monitor->take_summary();
  EXPECT_EQ(summary["kind"], "cpu");
  EXPECT_GT(summary["memory_max_bytes"], std::uint64_t{1} << 20);
  EXPECT_TRUE(summary.contains("load_mean"));
}

TEST(WatchDevice, WithoutNvmlSaysSoOnceAndSamplesTheMachine) {
  auto const monitor = monitor_device(without_thread(), "GPU-1", "libmoneta-no-such.so");
  monitor->sample_now();
  auto const events = monitor->take_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].action, "no_gpu_telemetry");
  EXPECT_EQ(events[0].severity, Severity::info);
  EXPECT_EQ(events[0].rank, 3u);
  EXPECT_EQ(events[0].message,
            "the GPU's memory, temperature and power are not watched: no NVML "
            "(libmoneta-no-such.so: cannot open shared object file: No such file or directory)");
  EXPECT_EQ(monitor->take_summary()["kind"], "cpu");
  EXPECT_TRUE(monitor->take_events().empty());
}

HostReading no_host() { return {}; }

TEST(DeviceMonitorThread, SamplesUntilTheEnd) {
  DeviceMonitorSettings settings;
  settings.every_s = 0.001;
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

TEST(DeviceMonitorThread, AReadingThatHangsHoldsNobodyUp) {
  DeviceMonitorSettings settings;
  settings.patience_s = 0.01;
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

TEST(DeviceMonitorThread, CanBeAskedFromAnyThread) {
  DeviceMonitorSettings settings;
  settings.every_s = 1e-5;
  std::atomic<unsigned> turn = 0;
  DeviceMonitor monitor(
      settings,
      [&turn] {
        GpuReading reading;
        reading.temperature_c = ++turn % 2 ? 90 : 50;  // an event with every sample
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

TEST(DeviceMonitorEvents, AreKeptInBoundsIfNobodyTakesThem) {
  unsigned turn = 0;
  DeviceMonitor monitor(
      without_thread(),
      [&turn] {
        GpuReading reading;
        reading.temperature_c = ++turn % 2 ? 90 : 50;
        return reading;
      },
      no_host);
  for (int i = 0; i < 301; ++i) monitor.sample_now();
  auto const events = monitor.take_events();
  EXPECT_EQ(events.size(), 256u);
  EXPECT_EQ(events.back().action, "hot");
}

TEST(DeviceMonitorEvents, AReadingThatThrowsIsASampleLess) {
  int turn = 0;
  DeviceMonitor monitor(
      without_thread(),
      [&turn]() -> GpuReading {
        if (++turn == 1) throw std::bad_alloc();
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
