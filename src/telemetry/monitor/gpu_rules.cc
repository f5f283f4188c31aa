// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/gpu_rules.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace moneta {
namespace {

using Change = Hysteresis::Change;
using Sample = Hysteresis::Sample;

constexpr char const* power_cap = "power_cap";
constexpr double degrees_to_cool = 5;
constexpr double near_limit = 0.98, far_from_limit = 0.95;
constexpr double watts_off = 1;

std::string mib(std::uint64_t bytes) { return fmt::format("{} MiB", bytes >> 20); }

std::string list_of(std::vector<std::string> const& words) {
  std::string text;
  for (std::string const& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Sample level(double value, double bad_from, double good_to) {
  if (value >= bad_from) return Sample::bad;
  return value <= good_to ? Sample::good : Sample::neither;
}

}  // namespace

GpuRules::GpuRules(std::size_t rank, GpuExpectation expectation)
    : rank_(rank),
      expectation_(expectation),
      hot_(1, 1),
      memory_(1, 1),
      process_(2, 3),
      lost_(2, 3) {
  for (char const* const reason :
       {"power_cap", "thermal", "hw_slowdown", "hw_thermal", "hw_power_brake", "sync_boost"}) {
    throttling_.emplace(reason, Hysteresis(3, 30));
  }
}

std::vector<EventRecord> GpuRules::see(GpuReading const& reading) {
  Events events;
  watch_lost(reading, events);
  if (reading.lost) return events;
  watch_power_limit(reading, events);
  watch_temperature(reading, events);
  watch_throttling(reading, events);
  watch_memory(reading, events);
  watch_processes(reading, events);
  return events;
}

void GpuRules::tell(Events& events, Severity severity, std::string action, std::string message,
                    GpuReading const& reading, Json details) {
  details["gpu"] = to_json(reading);
  events.push_back(
      {severity, std::move(action), std::move(message), "", rank_, std::move(details)});
}

void GpuRules::tell_recovered(Events& events, std::string const& from, std::string message,
                              GpuReading const& reading) {
  tell(events, Severity::info, "recovered", std::move(message), reading, {{"from", from}});
}

void GpuRules::watch_lost(GpuReading const& reading, Events& events) {
  Change const change = lost_.see(reading.lost.has_value());
  if (change == Change::begins) {
    tell(
        events, Severity::error, "gpu_lost",
        fmt::format(
            "the GPU no longer answers ({}). Look for Xid in the kernel's log; a restart of the machine may bring it back",
            *reading.lost),
        reading, Json::object());
  } else if (change == Change::ends) {
    tell_recovered(events, "gpu_lost", "the GPU answers again", reading);
  }
}

void GpuRules::watch_throttling(GpuReading const& reading, Events& events) {
  if (!reading.throttle_reasons) return;
  std::vector<std::string> began, ended, now;
  for (std::string const& reason : *reading.throttle_reasons) {
    if (is_throttling(reason)) now.push_back(reason);
  }
  bool is_on = false;
  for (auto& [reason, latch] : throttling_) {
    bool const is_there = std::find(now.begin(), now.end(), reason) != now.end();
    Change const change = latch.see(is_there);
    if (reason == power_cap) {
      if (change == Change::begins && !std::exchange(power_cap_is_told_, true)) {
        began.push_back(reason);
      }
      continue;
    }
    if (change == Change::begins) began.push_back(reason);
    if (change == Change::ends) ended.push_back(reason);
    is_on = is_on || latch.is_on();
  }
  if (!began.empty()) {
    bool const is_expected = began == std::vector<std::string>{power_cap};
    tell(events, is_expected ? Severity::info : Severity::warning, "throttled",
         is_expected
             ? std::string("the GPU keeps to its power limit by lower clocks (power_cap), "
                           "as it should at full load")
             : fmt::format("the GPU is kept from its full speed ({}). Is it cooled and fed well?",
                           list_of(began)),
         reading, {{"began", began}, {"reasons", now}});
  }
  if (!ended.empty() && !is_on) {
    tell_recovered(events, "throttled",
                   fmt::format("the GPU has its full speed again (no {})", list_of(ended)),
                   reading);
  }
}

void GpuRules::watch_temperature(GpuReading const& reading, Events& events) {
  if (!reading.temperature_c) return;
  double const limit = reading.slowdown_c.value_or(expectation_.hot_c);
  Change const change = hot_.see(level(*reading.temperature_c, limit, limit - degrees_to_cool));
  if (change == Change::begins) {
    tell(events, Severity::warning, "hot",
         fmt::format("the GPU is at {:g} C (the limit is {:g} C). Is it cooled well?",
                     *reading.temperature_c, limit),
         reading, {{"temperature_c", *reading.temperature_c}, {"limit_c", limit}});
  } else if (change == Change::ends) {
    tell_recovered(events, "hot", fmt::format("the GPU is down to {:g} C", *reading.temperature_c),
                   reading);
  }
}

void GpuRules::watch_memory(GpuReading const& reading, Events& events) {
  auto const used =
      expectation_.ranks_on_card > 1 ? reading.process_bytes : reading.memory_used_bytes;
  auto const total = reading.memory_total_bytes;
  auto limit = expectation_.memory_limit_bytes ? expectation_.memory_limit_bytes : total;
  if (limit && total) limit = std::min(*limit, *total);
  if (!used || !limit || *limit == 0) return;
  double const share = static_cast<double>(*used) / static_cast<double>(*limit);
  Change const change = memory_.see(level(share, near_limit, far_from_limit));
  if (change == Change::begins) {
    tell(
        events, Severity::warning, "memory_near_limit",
        fmt::format(
            "the GPU's memory is almost full ({} of {} are in use). Lower device.memory_fraction, or end what else uses the card?",
            mib(*used), mib(*limit)),
        reading, {{"used_bytes", *used}, {"limit_bytes", *limit}});
  } else if (change == Change::ends) {
    tell_recovered(events, "memory_near_limit",
                   fmt::format("the GPU's memory has room again ({} of {} are in use)", mib(*used),
                               mib(*limit)),
                   reading);
  }
}

void GpuRules::watch_processes(GpuReading const& reading, Events& events) {
  if (!reading.other_processes) return;
  std::size_t const expected = std::max<std::size_t>(expectation_.ranks_on_card, 1) - 1;
  std::size_t const others = *reading.other_processes;
  Change const change = process_.see(others > expected);
  if (change == Change::begins) {
    tell(
        events, Severity::warning, "other_process",
        fmt::format(
            "another process computes on the GPU ({} besides this one{}{}). See nvidia-smi", others,
            expected > 0 ? fmt::format(", of which {} should be there", expected) : std::string(),
            reading.other_bytes ? fmt::format(", with {}", mib(*reading.other_bytes))
                                : std::string()),
        reading, {{"other_processes", others}, {"expected", expected}});
  } else if (change == Change::ends) {
    tell_recovered(events, "other_process", "no other process computes on the GPU any more",
                   reading);
  }
}

void GpuRules::watch_power_limit(GpuReading const& reading, Events& events) {
  if (!reading.power_limit_w || !expectation_.power_limit_w || power_limit_is_told_) return;
  double const expected = *expectation_.power_limit_w;
  if (!(std::abs(*reading.power_limit_w - expected) > watts_off)) return;
  power_limit_is_told_ = true;
  tell(
      events, Severity::warning, "power_limit",
      fmt::format(
          "the GPU's power limit is {:g} W (device.expected_power_limit_w is {:g}). Run launch/power-limit.sh {:g}, or set the key to what is right?",
          *reading.power_limit_w, expected, expected),
      reading, {{"power_limit_w", *reading.power_limit_w}, {"expected_w", expected}});
}

bool is_gpu_trouble(EventRecord const& event) {
  if (event.severity == Severity::info) return false;
  for (char const* const action :
       {"throttled", "hot", "memory_near_limit", "other_process", "gpu_lost", "power_limit"}) {
    if (event.action == action) return true;
  }
  return false;
}

}  // namespace moneta
