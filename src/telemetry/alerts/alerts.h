// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "http/http_client.h"
#include "telemetry/alerts/alert_filter.h"
#include "telemetry/sink.h"

namespace moneta {

/// Pauses, time limits and clocks, which tests replace.
struct AlertTimes {
  /// The pauses before further attempts to send an alert.
  std::vector<std::chrono::milliseconds> pauses{std::chrono::seconds(1), std::chrono::seconds(5),
                                                std::chrono::seconds(25)};
  HttpTimeouts webhook = {};
  std::chrono::milliseconds command{30'000};  ///< the command is killed after this time
  std::chrono::milliseconds close{5'000};     ///< `close` waits this long for queued alerts
  std::function<double()> now_s = {};         ///< none: steady_clock_s
  std::function<std::int64_t()> time_s = {};  ///< seconds since 1970; none: the wall clock
};

/// The section `alert` of the configuration, and what it does not contain. Without a webhook and a
/// command there are no alerts.
struct AlertSettings : AlertConfig {
  std::string run = {};   ///< the name of the run
  std::string host = {};  ///< the name of this machine; empty: host_name()
  AlertLimits limits = {};
  AlertTimes times = {};
};

/// Sends alerts to a webhook and to a shell command, each from a thread of its own, so that neither
/// training nor the other target waits. After construction nothing throws: a target that fails is
/// the event "alert_failed" (warning), followed by "alert_recovered" (info) when it works again.
/// Messages contain only the scheme and the host of a URL.
class Alerts : public Sink {
 public:
  /// `report` receives these events. It is called from the sending threads, at most two at a time,
  /// until `close` has returned. Throws Error (config) if the URL is not an http or https URL, or
  /// if it is a Telegram URL without chat_id; Error (internal) if libcurl cannot start.
  Alerts(AlertSettings settings, std::function<void(EventRecord)> const& report);
  Alerts(Alerts const&) = delete;
  Alerts& operator=(Alerts const&) = delete;
  ~Alerts() override;  ///< closes

  using Sink::on;
  /// Queues an alert if the event is selected and within the limits. Does not wait. May be called
  /// from any thread.
  void on(EventRecord const& record) noexcept override;
  /// Waits for queued alerts, 5 seconds at most. Later events are ignored.
  void close(RunEnd const& end) override;

 private:
  void end_senders();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
