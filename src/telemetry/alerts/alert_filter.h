// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "telemetry/alerts/alert_text.h"

namespace moneta {

/// Rate limits, which apply to any time window of `window_s` seconds.
struct AlertLimits {
  double window_s = 600;
  std::size_t max_alerts = 20;  ///< alerts in total; only one of them per event and coin, or, for
                                ///< events without a coin, per event and rank
};

/// Selects the events that raise an alert and limits their rate.
class AlertFilter {
 public:
  /// `names` are names of events and groups (base/event.h).
  explicit AlertFilter(std::vector<std::string> const& names, AlertLimits limits = {});

  /// The alert for an event; nothing if it is not selected or exceeds a limit. `now_s` comes from a
  /// steady clock; `time_s`, seconds since 1970, is the time in the alert. Events that alerts
  /// themselves cause never raise an alert.
  std::optional<Alert> admit(EventRecord const& record, double now_s, std::int64_t time_s);

 private:
  struct Kind {
    std::optional<double> sent_s;
    std::size_t suppressed = 0;
  };

  bool is_selected(EventRecord const& record) const;

  AlertLimits const limits_;
  std::set<Event> events_;
  bool every_error_ = false;
  // By event, coin, and the rank of events without a coin: two ranks can lose their GPUs.
  std::map<std::tuple<Event, std::string, std::size_t>, Kind> kinds_;
  std::deque<double> sent_s_;  // of all kinds, within the window
  std::size_t others_suppressed_ = 0;
};

}  // namespace moneta
