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

/// The result of one attempt to send an alert.
struct SendResult {
  bool sent = false;
  bool retry = true;         ///< another attempt may succeed
  std::string problem = {};  ///< for messages, without secrets
};

/// Returns true if sending must stop at once; called every few hundredths of a second.
using GiveUp = std::function<bool()>;

/// A destination of alerts.
struct AlertTarget {
  std::string name;  ///< for messages, without secrets
  std::string hint;  ///< what to check if sending fails
  std::function<SendResult(Alert const&, GiveUp const&)> send;
};

/// Sends the alerts for one target from a queue, in a thread of its own ("alert_sender"). If an
/// attempt fails, another one follows after each of the pauses, which are half a second at most
/// while the run ends. If all fail, the target counts as unreachable, which is the event
/// "alert_failed". From then on there is one attempt per alert, and the first success is the event
/// "alert_recovered".
class AlertSender {
 public:
  /// `report` receives these events; it is called from the thread until `join` returns.
  AlertSender(AlertTarget target, std::vector<std::chrono::milliseconds> pauses,
              std::function<void(EventRecord)> report);
  AlertSender(AlertSender const&) = delete;
  AlertSender& operator=(AlertSender const&) = delete;
  ~AlertSender();

  /// Queues an alert; does not wait. If the queue is full, the oldest alert is lost and counted.
  void push(Alert alert);
  /// Accepts no more alerts, and sends none after `close_by`. Does not wait.
  void close(std::chrono::steady_clock::time_point close_by);
  /// Waits for the end of the thread, when all queued alerts are sent or soon after `close_by`.
  void join();

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void deliver(Alert alert);
  SendResult attempt(Alert const& alert);
  bool pause(std::chrono::milliseconds duration);
  bool must_stop() const;
  bool is_closing() const;
  void count_lost(std::size_t count, std::string const& problem);
  void report(EventRecord const& record) const;

  AlertTarget const target_;
  std::vector<std::chrono::milliseconds> const pauses_;
  std::function<void(EventRecord)> const report_;

  // Used by the thread only.
  bool is_unreachable_ = false;
  std::size_t lost_ = 0;  // alerts since the last one that was sent

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Alert> queue_;
  std::size_t dropped_ = 0;  // from the queue
  bool closing_ = false;
  Clock::time_point close_by_ = Clock::time_point::max();
  std::thread thread_;
};

}  // namespace moneta
