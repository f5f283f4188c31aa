// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/heartbeat_monitor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace moneta {
namespace {

constexpr double min_silence_s = 45;
constexpr double max_step_s = 15;
constexpr std::size_t remembered_pauses = 3;
constexpr double pause_factor = 3;  // times the shortest of the remembered pauses
constexpr double remembered_for_s = 1800;

}  // namespace

HeartbeatMonitor::HeartbeatMonitor(std::vector<std::string> names, std::string hint)
    : hint_(std::move(hint)) {
  for (std::string& name : names) {
    processes_.emplace_back();
    processes_.back().name = std::move(name);
  }
}

double HeartbeatMonitor::max_silence_s(Process const& process) {
  bool const has_history = process.pauses.size() == remembered_pauses;
  return std::max(min_silence_s, has_history ? pause_factor * process.pauses.back().seconds : 0);
}

std::vector<EventRecord> HeartbeatMonitor::check(double now_s) {
  monitored_s_ += std::min(now_s - last_check_s_.value_or(now_s), max_step_s);
  last_check_s_ = now_s;
  std::vector<EventRecord> events;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Process& process = processes_[i];
    double const silence = silence_s(i);
    std::erase_if(process.pauses, [this](Pause const& pause) {
      return monitored_s_ - pause.ended_s > remembered_for_s;
    });
    if (std::exchange(process.has_heartbeat, false)) {
      end_pause(process, i, events);
    } else if (!process.is_stalled && silence > max_silence_s(process)) {
      process.is_stalled = true;
      events.push_back({.severity = Severity::error,
                        .event = Event::stalled,
                        .message = fmt::format("{}. {}", silence_text(i), hint_),
                        .rank = i,
                        .details = {{"silent_s", std::round(silence)}}});
    }
  }
  return events;
}

std::string HeartbeatMonitor::silence_text(std::size_t i) const {
  Process const& process = processes_[i];
  return fmt::format("{} has sent no heartbeat for {:g} s{}{}", process.name,
                     std::round(silence_s(i)), process.activity.empty() ? "" : " while it ",
                     process.activity);
}

void HeartbeatMonitor::end_pause(Process& process, std::size_t i,
                                 std::vector<EventRecord>& events) const {
  double const pause = silence_s(i);
  process.last_heartbeat_s = monitored_s_;
  auto const shorter = std::find_if(process.pauses.begin(), process.pauses.end(),
                                    [pause](Pause const& each) { return each.seconds < pause; });
  process.pauses.insert(shorter, Pause{pause, monitored_s_});
  if (process.pauses.size() > remembered_pauses) process.pauses.pop_back();
  if (!std::exchange(process.is_stalled, false)) return;
  events.push_back(
      {.severity = Severity::info,
       .event = Event::recovered,
       .message =
           fmt::format("{} sends heartbeats again after {:g} s", process.name, std::round(pause)),
       .rank = i,
       .details = {{"from", to_string(Event::stalled)}, {"silent_s", std::round(pause)}}});
}

std::optional<std::size_t> HeartbeatMonitor::silent_for(double seconds) const {
  std::optional<std::size_t> longest;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Process const& process = processes_[i];
    if (silence_s(i) <= std::max(seconds, min_silence_s)) continue;
    if (!longest || process.last_heartbeat_s < processes_[*longest].last_heartbeat_s) longest = i;
  }
  return longest;
}

}  // namespace moneta
