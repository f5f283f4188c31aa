// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/alert.h"
#include "telemetry/alerts/alert_filter.h"
#include "telemetry/alerts/webhook.h"
#include "telemetry/record.h"

namespace moneta {

/// How long things take; tests shorten them.
struct AlertTimes {
  /// An alert that was not sent is tried again after each of these.
  std::vector<std::chrono::milliseconds> pauses{std::chrono::seconds(1), std::chrono::seconds(5),
                                                std::chrono::seconds(25)};
  WebhookTimeouts webhook = {};
  std::chrono::milliseconds command{30'000};  ///< then the command is killed
  std::chrono::milliseconds close{5'000};     ///< at the end, for what is still queued
  std::function<double()> now_s = {};  ///< a clock that only goes forward; none: the system's
  std::function<std::int64_t()> time_s = {};  ///< seconds since 1970; none: the system's
};

/// Who is alerted, and of what. With neither webhook nor command nobody is.
struct AlertSettings {
  std::string run;   ///< name of the run
  std::string host;  ///< of the machine; empty: it is asked
  std::optional<std::string> webhook_url;
  AlertTemplate webhook_template = AlertTemplate::automatic;
  std::optional<std::string> command;
  std::vector<std::string> events;  ///< actions and groups, see base/alert.h
  AlertLimits limits = {};
  AlertTimes times = {};
};

/// Sends alerts by POST and by a shell command, each from a thread of its own, so that neither
/// training nor the other waits. After construction nothing throws: a target that fails is one
/// event, "alert_failed" (warning), and "alert_recovered" (info) when it works again. Of a URL only
/// scheme and host are ever told.
class Alerts {
 public:
  /// `report` takes those events. It is called from the sending threads, two at a time at most, and
  /// never again once `close` has returned. Throws Error (config) if the URL is not http or https,
  /// or is one for Telegram without chat_id; Error (internal) if libcurl cannot start.
  Alerts(AlertSettings settings, std::function<void(EventRecord)> report);
  Alerts(Alerts const&) = delete;
  Alerts& operator=(Alerts const&) = delete;
  ~Alerts();  ///< closes

  /// Takes any event and alerts if it is one of those asked for; returns at once. From any thread.
  void take(EventRecord const& record) noexcept;
  /// Waits for what is queued, 5 seconds at most. Events are ignored from then on.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
