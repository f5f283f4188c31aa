// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/heartbeat_monitor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace moneta {
namespace {

constexpr double least_patience_s = 45;
constexpr double longest_step_s = 15;
constexpr double pauses_to_wait = 3;  // of the length of the last of those remembered
constexpr std::size_t remembered_pauses = 3;
constexpr double time_to_forget_s = 1800;

}  // namespace

HeartbeatMonitor::HeartbeatMonitor(std::vector<std::string> names, std::string hint)
    : hint_(std::move(hint)) {
  for (std::string& name : names) {
    processes_.emplace_back();
    processes_.back().name = std::move(name);
  }
}

double HeartbeatMonitor::patience_s(Process const& process) {
  bool const knows_pace = process.pauses.size() == remembered_pauses;
  return std::max(least_patience_s,
                  knows_pace ? pauses_to_wait * process.pauses.back().seconds : 0);
}

std::vector<EventRecord> HeartbeatMonitor::check(double now_s) {
  listening_s_ += std::min(now_s - listened_s_.value_or(now_s), longest_step_s);
  listened_s_ = now_s;
  std::vector<EventRecord> events;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Process& process = processes_[i];
    double const silence = silence_s(i);
    std::erase_if(process.pauses, [this](Pause const& pause) {
      return listening_s_ - pause.ended_s > time_to_forget_s;
    });
    if (std::exchange(process.is_heard, false)) {
      end_pause(process, i, events);
    } else if (!process.is_stalled && silence > patience_s(process)) {
      process.is_stalled = true;
      events.push_back({Severity::error, "stalled",
                        fmt::format("{} has given no sign of life for {:g} s. {}", process.name,
                                    std::round(silence), hint_),
                        "", i, Json{{"silent_s", std::round(silence)}}});
    }
  }
  return events;
}

void HeartbeatMonitor::end_pause(Process& process, std::size_t i,
                                 std::vector<EventRecord>& events) const {
  double const pause = silence_s(i);
  process.heard_s = listening_s_;
  auto const place = std::find_if(process.pauses.begin(), process.pauses.end(),
                                  [pause](Pause const& each) { return each.seconds < pause; });
  process.pauses.insert(place, Pause{pause, listening_s_});
  if (process.pauses.size() > remembered_pauses) process.pauses.pop_back();
  if (!std::exchange(process.is_stalled, false)) return;
  events.push_back({Severity::info, "recovered",
                    fmt::format("{} is heard again after {:g} s", process.name, std::round(pause)),
                    "", i, Json{{"from", "stalled"}, {"silent_s", std::round(pause)}}});
}

std::optional<std::size_t> HeartbeatMonitor::silent_for(double seconds) const {
  std::optional<std::size_t> longest;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Process const& process = processes_[i];
    if (silence_s(i) <= std::max(seconds, least_patience_s)) continue;
    if (!longest || process.heard_s < processes_[*longest].heard_s) longest = i;
  }
  return longest;
}

}  // namespace moneta
