// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/alerts/alert_text.h"

namespace moneta {

/// What became of one try to send.
struct SendResult {
  bool sent = false;
  bool may_help = true;      ///< to try again
  std::string problem = {};  ///< for people, without secrets
};

/// Whether the one that sends must stop at once; asked every few hundredths of a second.
using GiveUp = std::function<bool()>;

/// Where alerts go to, and how.
struct AlertTarget {
  std::string name;  ///< for people, without secrets
  std::string hint;  ///< what to look at if it fails
  std::function<SendResult(Alert const&, GiveUp const&)> send;
};

/// One target's queue and thread. An alert that cannot be sent is tried again after each pause,
/// half a second at most while the run ends. After that the target counts as dead: one event,
/// "alert_failed"; each later alert is tried once, and the first that arrives is the event
/// "alert_recovered".
class AlertSender {
 public:
  /// `report` takes those events; it is called from the thread, until `join` returns.
  AlertSender(AlertTarget target, std::vector<std::chrono::milliseconds> pauses,
              std::function<void(EventRecord)> report);
  AlertSender(AlertSender const&) = delete;
  AlertSender& operator=(AlertSender const&) = delete;
  ~AlertSender();

  /// Returns at once. If the queue is full, the oldest alert is lost and counted.
  void push(Alert alert);
  /// Nothing is sent after `close_by`; returns at once.
  void close(std::chrono::steady_clock::time_point close_by);
  /// Waits for the thread: until what is queued is sent or, soon after `close_by`, given up.
  void join();

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void deliver(Alert alert);
  SendResult try_once(Alert const& alert);
  bool pause(std::chrono::milliseconds duration);
  bool must_stop() const;
  bool is_closing() const;
  void count_lost(std::size_t count, std::string const& problem);
  void report(EventRecord const& record) const;

  AlertTarget const target_;
  std::vector<std::chrono::milliseconds> const pauses_;
  std::function<void(EventRecord)> const report_;

  bool is_dead_ = false;  // the thread's own
  std::size_t lost_ = 0;  // the thread's own: since the last one that was sent

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Alert> queue_;
  std::size_t pushed_out_ = 0;
  bool closing_ = false;
  Clock::time_point close_by_ = Clock::time_point::max();
  std::thread thread_;
};

}  // namespace moneta
