// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "telemetry/record.h"

namespace moneta {

/// Notices processes that give no sign of life. Pure: it is told the time. A process is "stalled"
/// (error) after 45 s of silence, or after three times the third longest pause it made in the last
/// half hour if that is longer: so a process that is only slow is named now and then at most, and
/// one that was stopped for once is named as fast the next time. "recovered" (info) when it is
/// heard again.
///
/// Time that the listener itself was away for counts for 15 s at most: what was said meanwhile may
/// not have arrived yet.
class HeartbeatMonitor {
 public:
  /// `names` of the processes, for the messages: "rank 1 (process 4711 on node-2)". `hint`: what to
  /// look at, a sentence.
  HeartbeatMonitor(std::vector<std::string> names, std::string hint);

  /// A sign of life of process `i`, at the time of the next `listen`.
  void record_heartbeat(std::size_t i) { processes_[i].is_heard = true; }
  /// To be called again and again, about once a second or more often. `now_s`: seconds on a steady
  /// clock. The events' rank is the process's index.
  std::vector<EventRecord> check(double now_s);

  /// The process that has been silent longest, if that is longer than `seconds` and than 45 s.
  std::optional<std::size_t> silent_for(double seconds) const;
  /// How long process `i` has been silent.
  double silence_s(std::size_t i) const { return listening_s_ - processes_[i].heard_s; }
  std::string const& name(std::size_t i) const { return processes_[i].name; }

 private:
  struct Pause {
    double seconds, ended_s;
  };
  struct Process {
    std::string name;
    double heard_s = 0;         // on the listener's own clock, as below
    std::vector<Pause> pauses;  // the longest, falling
    bool is_heard = false, is_stalled = false;
  };
  static double patience_s(Process const& process);
  void end_pause(Process& process, std::size_t i, std::vector<EventRecord>& events) const;

  std::vector<Process> processes_;
  std::string hint_;
  std::optional<double> listened_s_;
  double listening_s_ = 0;  // the listener's own clock
};

}  // namespace moneta
