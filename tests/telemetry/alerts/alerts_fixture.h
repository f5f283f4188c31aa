// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "support/http_server.h"
#include "telemetry/alerts/alerts.h"

namespace moneta {

inline constexpr char const* secret_path = "/bot1:secret/send?token=secret";

/// Receives the events that the alerts report.
class ReportedEvents {
 public:
  std::function<void(EventRecord)> receiver() {
    return [this](EventRecord const& record) {
      std::lock_guard const lock(mutex_);
      records_.push_back(record);
      changed_.notify_all();
    };
  }
  /// Returns the events after `count` have arrived or 10 seconds have passed.
  std::vector<EventRecord> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return records_.size() >= count; });
    return records_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<EventRecord> records_;
};

class AlertsTest : public testing::Test {
 protected:
  AlertsTest() { ::setenv("no_proxy", "*", 1); }

  /// Short pauses and limits, and alerts for every event.
  AlertSettings settings() {
    AlertSettings all;
    all.run = "demo";
    all.host = "node1";
    all.events = alert_event_names();
    all.limits.window_s = 0;
    all.times.pauses = {std::chrono::milliseconds(1), std::chrono::milliseconds(5),
                        std::chrono::milliseconds(25)};
    all.times.webhook = {std::chrono::milliseconds(2000), std::chrono::milliseconds(2000)};
    all.times.command = std::chrono::milliseconds(20'000);
    all.times.now_s = [this] { return now_s_.load(); };
    all.times.time_s = [] { return std::int64_t{1'735'689'600}; };
    return all;
  }
  AlertSettings webhook(HttpServer const& server) {
    AlertSettings all = settings();
    all.webhook_url = server.url(secret_path);
    return all;
  }
  static EventRecord event(Event which, std::string const& coin = "A",
                           Severity severity = Severity::error) {
    return {
        .severity = severity, .event = which, .message = "what happened", .coin = coin, .rank = 1};
  }

  std::atomic<double> now_s_ = 0;
  ReportedEvents events_;
};

}  // namespace moneta
