// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/record.h"

namespace moneta {

/// Reports processes that send no heartbeats. A process is "stalled" (error) after 45 s without a
/// heartbeat, or after three times the third longest pause of the last half hour if that is longer.
/// Thus a slow process is rarely reported, and one long pause does not raise the limit. The next
/// heartbeat is the event "recovered" (info).
///
/// If `check` was not called for a while, at most 15 s of that time count, because heartbeats may
/// not have been received meanwhile. The monitor never reads a clock.
class HeartbeatMonitor {
 public:
  /// `names` are the processes in messages, such as "rank 1 (process 4711 on node-2)". `hint` is a
  /// sentence that says what to check.
  HeartbeatMonitor(std::vector<std::string> names, std::string hint);

  /// Records a heartbeat of process `i`, which counts from the next `check` on.
  void record_heartbeat(std::size_t i) { processes_[i].has_heartbeat = true; }
  /// Sets what process `i` does from now on, for messages: "opens its device"; empty: not named.
  void set_activity(std::size_t i, std::string activity) {
    processes_[i].activity = std::move(activity);
  }
  /// Call this about once a second or more often, with the seconds of a steady clock. The rank of
  /// the events is the index of the process.
  std::vector<EventRecord> check(double now_s);

  /// The process with the longest time since its last heartbeat, if that is longer than `seconds`
  /// and than 45 s.
  std::optional<std::size_t> silent_for(double seconds) const;
  /// The time since the last heartbeat of process `i`.
  double silence_s(std::size_t i) const { return monitored_s_ - processes_[i].last_heartbeat_s; }
  /// "rank 1 (process 4711 on node-2) has sent no heartbeat for 46 s while it opens its device".
  std::string silence_text(std::size_t i) const;

 private:
  struct Pause {
    double seconds, ended_s;
  };
  struct Process {
    std::string name, activity;
    double last_heartbeat_s = 0;  // on the clock `monitored_s_`
    std::vector<Pause> pauses;    // the longest ones, in descending order
    bool has_heartbeat = false, is_stalled = false;
  };
  static double max_silence_s(Process const& process);
  void end_pause(Process& process, std::size_t i, std::vector<EventRecord>& events) const;

  std::vector<Process> processes_;
  std::string hint_;
  std::optional<double> last_check_s_;
  double monitored_s_ = 0;  // the time that counts
};

}  // namespace moneta
