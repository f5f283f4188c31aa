// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/device_monitor.h"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "telemetry/monitor/nvml.h"

namespace moneta {
namespace {

constexpr std::size_t max_events = 256;

}  // namespace

struct DeviceMonitor::State {
  State(DeviceMonitorSettings const& wanted, ReadGpu gpu, ReadHost host)
      : settings(wanted),
        read_gpu(std::move(gpu)),
        read_host(std::move(host)),
        rules(wanted.rank, wanted.expectation) {}

  void sample();
  void run();
  void keep(std::vector<EventRecord> newer) {
    for (EventRecord& event : newer) events.push_back(std::move(event));
    while (events.size() > max_events) events.pop_front();
  }

  DeviceMonitorSettings const settings;
  std::mutex sampling;  // guards read_gpu, read_host and rules
  ReadGpu read_gpu;
  ReadHost read_host;
  GpuRules rules;

  mutable std::mutex mutex;  // guards the members below; never held during a reading
  std::condition_variable changed;
  std::optional<DeviceReading> latest;
  DeviceSummary summary;
  std::deque<EventRecord> events;
  bool closing = false, ended = false;
  std::thread thread;
};

void DeviceMonitor::State::sample() try {
  std::lock_guard const one_at_a_time(sampling);
  DeviceReading reading{read_host(), std::nullopt};
  std::vector<EventRecord> found;
  if (read_gpu) {
    reading.gpu = read_gpu();
    found = rules.check(*reading.gpu);
  }
  std::lock_guard const lock(mutex);
  summary.add(reading);
  latest = std::move(reading);
  keep(std::move(found));
} catch (std::exception const&) {
  // Out of memory: this sample is missing, and training continues.
}

void DeviceMonitor::State::run() {
  ::pthread_setname_np(::pthread_self(), "device_monitor");
  std::unique_lock lock(mutex);
  while (!closing) {
    lock.unlock();
    sample();
    lock.lock();
    changed.wait_for(lock, std::chrono::duration<double>(settings.interval_s),
                     [this] { return closing; });
  }
  ended = true;
  changed.notify_all();
}

DeviceMonitor::DeviceMonitor(DeviceMonitorSettings settings, ReadGpu read_gpu, ReadHost read_host)
    : state_(std::make_shared<State>(settings, std::move(read_gpu), std::move(read_host))) {
  // The thread shares the state, because a reading that hangs outlives this object.
  if (settings.interval_s > 0) state_->thread = std::thread([state = state_] { state->run(); });
}

DeviceMonitor::~DeviceMonitor() {
  if (!state_->thread.joinable()) return;
  std::unique_lock lock(state_->mutex);
  state_->closing = true;
  state_->changed.notify_all();
  bool const has_ended =
      state_->changed.wait_for(lock, std::chrono::duration<double>(state_->settings.stop_timeout_s),
                               [this] { return state_->ended; });
  lock.unlock();
  if (has_ended) {
    state_->thread.join();
  } else {
    state_->thread.detach();
  }
}

void DeviceMonitor::sample_now() { state_->sample(); }

std::optional<DeviceReading> DeviceMonitor::latest() const {
  std::lock_guard const lock(state_->mutex);
  return state_->latest;
}

Json DeviceMonitor::take_summary() {
  std::lock_guard const lock(state_->mutex);
  DeviceSummary taken = std::exchange(state_->summary, DeviceSummary());
  if (taken.samples() == 0 && state_->latest) taken.add(*state_->latest);
  return taken.to_json();
}

std::vector<EventRecord> DeviceMonitor::take_events() {
  std::lock_guard const lock(state_->mutex);
  std::vector<EventRecord> taken(std::make_move_iterator(state_->events.begin()),
                                 std::make_move_iterator(state_->events.end()));
  state_->events.clear();
  return taken;
}

void DeviceMonitor::add_event(EventRecord event) {
  std::lock_guard const lock(state_->mutex);
  std::vector<EventRecord> one;
  one.push_back(std::move(event));
  state_->keep(std::move(one));
}

std::unique_ptr<DeviceMonitor> monitor_device(DeviceMonitorSettings settings,
                                              std::string const& gpu, std::string const& nvml) {
  NvmlCard::Found found;
  if (!gpu.empty()) found = NvmlCard::find(gpu, nvml);
  DeviceMonitor::ReadGpu read_gpu;
  if (found.card) {
    read_gpu = [card = std::shared_ptr<NvmlCard>(std::move(found.card))] { return card->read(); };
  }
  auto monitor =
      std::make_unique<DeviceMonitor>(settings, std::move(read_gpu), [] { return read_host(); });
  if (!found.why_none.empty()) {
    monitor->add_event(
        {.severity = Severity::info,
         .event = Event::no_gpu_telemetry,
         .message = "memory, temperature and power of the GPU are not monitored: " + found.why_none,
         .rank = settings.rank,
         .details = {{"gpu", gpu}}});
  }
  return monitor;
}

}  // namespace moneta
