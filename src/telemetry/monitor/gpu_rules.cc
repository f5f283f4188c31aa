// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/gpu_rules.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace moneta {
namespace {

using Change = Hysteresis::Change;
using Sample = Hysteresis::Sample;

constexpr char const* power_cap = "power_cap";
constexpr double hot_margin_c = 5;
constexpr double near_limit = 0.98, far_from_limit = 0.95;
constexpr double power_tolerance_w = 1;

std::vector<std::string> throttling_reasons(GpuReading const& reading) {
  std::vector<std::string> reasons;
  for (std::string const& reason : *reading.throttle_reasons) {
    if (is_throttling(reason)) reasons.push_back(reason);
  }
  return reasons;
}

Sample sample_of(double value, double bad_from, double good_to) {
  if (value >= bad_from) return Sample::bad;
  return value <= good_to ? Sample::good : Sample::neutral;
}

}  // namespace

GpuRules::GpuRules(std::size_t rank, GpuExpectation expectation)
    : rank_(rank),
      expectation_(expectation),
      hot_(1, 1),
      memory_(1, 1),
      process_(2, 3),
      lost_(2, 3) {
  for (ThrottleReason const& reason : throttle_reasons) {
    if (reason.is_throttling) throttling_.emplace(reason.name, Hysteresis(3, 30));
  }
}

std::vector<EventRecord> GpuRules::check(GpuReading const& reading) {
  Events events;
  check_lost(reading, events);
  if (reading.lost) return events;
  check_power_limit(reading, events);
  check_temperature(reading, events);
  check_throttling(reading, events);
  check_memory(reading, events);
  check_processes(reading, events);
  return events;
}

void GpuRules::add(Events& events, EventRecord event, GpuReading const& reading) const {
  event.rank = rank_;
  event.details["gpu"] = to_json(reading);
  events.push_back(std::move(event));
}

void GpuRules::add_recovered(Events& events, Event from, std::string message,
                             GpuReading const& reading) const {
  add(events,
      {.severity = Severity::info,
       .event = Event::recovered,
       .message = std::move(message),
       .details = {{"from", to_string(from)}}},
      reading);
}

void GpuRules::check_lost(GpuReading const& reading, Events& events) {
  Change const change = lost_.update(reading.lost.has_value());
  if (change == Change::begins) {
    add(events,
        {.severity = Severity::error,
         .event = Event::gpu_lost,
         .message = fmt::format(
             "the GPU no longer responds ({}). Search the kernel log for Xid errors? A restart of the machine may help",
             *reading.lost)},
        reading);
  } else if (change == Change::ends) {
    add_recovered(events, Event::gpu_lost, "the GPU responds again", reading);
  }
}

void GpuRules::add_throttled(Events& events, std::vector<std::string> const& began,
                             GpuReading const& reading) const {
  bool const is_expected = began == std::vector<std::string>{power_cap};
  add(events,
      {.severity = is_expected ? Severity::info : Severity::warning,
       .event = Event::throttled,
       .message = is_expected
                      ? std::string("the GPU lowers its clocks to stay within its power limit "
                                    "(power_cap), which is normal under full load")
                      : fmt::format("the GPU is throttled ({}). Are its cooling and its power "
                                    "supply sufficient?",
                                    joined(began)),
       .details = {{"began", began}, {"reasons", throttling_reasons(reading)}}},
      reading);
}

void GpuRules::check_throttling(GpuReading const& reading, Events& events) {
  if (!reading.throttle_reasons) return;
  std::vector<std::string> const current = throttling_reasons(reading);
  std::vector<std::string> began, ended;
  bool is_throttled = false;
  for (auto& [reason, state] : throttling_) {
    bool const is_present = std::find(current.begin(), current.end(), reason) != current.end();
    Change const change = state.update(is_present);
    if (reason == power_cap) {
      if (change == Change::begins && !std::exchange(power_cap_is_reported_, true)) {
        began.push_back(reason);
      }
      continue;
    }
    if (change == Change::begins) began.push_back(reason);
    if (change == Change::ends) ended.push_back(reason);
    is_throttled = is_throttled || state.is_active();
  }
  if (!began.empty()) add_throttled(events, began, reading);
  if (!ended.empty() && !is_throttled) {
    add_recovered(events, Event::throttled,
                  fmt::format("the GPU is no longer throttled ({})", joined(ended)), reading);
  }
}

void GpuRules::check_temperature(GpuReading const& reading, Events& events) {
  if (!reading.temperature_c) return;
  double const limit_c = reading.slowdown_c.value_or(expectation_.hot_c);
  Change const change =
      hot_.update(sample_of(*reading.temperature_c, limit_c, limit_c - hot_margin_c));
  if (change == Change::begins) {
    add(events,
        {.severity = Severity::warning,
         .event = Event::hot,
         .message = fmt::format(
             "the temperature of the GPU is {:g} C (the limit is {:g} C). Is its cooling sufficient?",
             *reading.temperature_c, limit_c),
         .details = {{"temperature_c", *reading.temperature_c}, {"limit_c", limit_c}}},
        reading);
  } else if (change == Change::ends) {
    add_recovered(
        events, Event::hot,
        fmt::format("the temperature of the GPU is down to {:g} C", *reading.temperature_c),
        reading);
  }
}

void GpuRules::check_memory(GpuReading const& reading, Events& events) {
  auto const used =
      expectation_.ranks_on_gpu > 1 ? reading.process_bytes : reading.memory_used_bytes;
  auto const total = reading.memory_total_bytes;
  auto limit = expectation_.memory_limit_bytes ? expectation_.memory_limit_bytes : total;
  if (limit && total) limit = std::min(*limit, *total);
  if (!used || !limit || *limit == 0) return;
  double const fraction = static_cast<double>(*used) / static_cast<double>(*limit);
  Change const change = memory_.update(sample_of(fraction, near_limit, far_from_limit));
  if (change == Change::begins) {
    add(events,
        {.severity = Severity::warning,
         .event = Event::memory_near_limit,
         .message = fmt::format(
             "the memory of the GPU is almost full ({} of {} are in use). Lower device.memory_fraction, or end other processes on the GPU?",
             mib_text(*used), mib_text(*limit)),
         .details = {{"used_bytes", *used}, {"limit_bytes", *limit}}},
        reading);
  } else if (change == Change::ends) {
    add_recovered(events, Event::memory_near_limit,
                  fmt::format("the GPU has free memory again ({} of {} are in use)",
                              mib_text(*used), mib_text(*limit)),
                  reading);
  }
}

void GpuRules::check_processes(GpuReading const& reading, Events& events) {
  if (!reading.other_processes) return;
  std::size_t const expected = std::max<std::size_t>(expectation_.ranks_on_gpu, 1) - 1;
  std::size_t const others = *reading.other_processes;
  Change const change = process_.update(others > expected);
  if (change == Change::begins) {
    std::string const ranks =
        expected > 0 ? fmt::format(", {} of them ranks of this run", expected) : std::string();
    std::string const memory = reading.other_bytes
                                   ? fmt::format(", with {}", mib_text(*reading.other_bytes))
                                   : std::string();
    add(events,
        {.severity = Severity::warning,
         .event = Event::other_process,
         .message = fmt::format(
             "a foreign process uses the GPU (processes besides this one: {}{}{}). See nvidia-smi?",
             others, ranks, memory),
         .details = {{"other_processes", others}, {"expected", expected}}},
        reading);
  } else if (change == Change::ends) {
    add_recovered(events, Event::other_process, "no foreign process uses the GPU any more",
                  reading);
  }
}

void GpuRules::check_power_limit(GpuReading const& reading, Events& events) {
  if (!reading.power_limit_w || !expectation_.power_limit_w || power_limit_is_reported_) return;
  double const expected = *expectation_.power_limit_w;
  if (!(std::abs(*reading.power_limit_w - expected) > power_tolerance_w)) return;
  power_limit_is_reported_ = true;
  add(events,
      {.severity = Severity::warning,
       .event = Event::power_limit,
       .message = fmt::format(
           "the power limit of the GPU is {:g} W (device.expected_power_limit_w is {:g}). Run launch/power-limit.sh {:g}, or correct that key?",
           *reading.power_limit_w, expected, expected),
       .details = {{"power_limit_w", *reading.power_limit_w}, {"expected_w", expected}}},
      reading);
}

}  // namespace moneta
