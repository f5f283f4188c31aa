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

/// How often somebody may be disturbed.
struct AlertLimits {
  double window_s = 600;  ///< the same action and coin alert once in so long; without a coin, those
                          ///< of one rank
  std::size_t most = 20;  ///< alerts of any kind in so long
};

/// Picks the events that alert: those named, by action or by group, less those that come too often.
class AlertFilter {
 public:
  explicit AlertFilter(std::vector<std::string> const& names, AlertLimits limits = {});

  /// The alert for an event, or nothing. `now_s` is any clock that only goes forward, `time_s` is
  /// told to people. Events of the alerts themselves never alert.
  std::optional<Alert> admit(EventRecord const& record, double now_s, std::int64_t time_s);

 private:
  struct Kind {
    std::optional<double> sent_s;
    std::size_t left_out = 0;
  };

  bool is_wanted(EventRecord const& record) const;

  AlertLimits const limits_;
  std::set<std::string, std::less<>> actions_;
  bool every_error_ = false;
  // By action, coin, and the rank of those without a coin: two ranks can lose their GPU.
  std::map<std::tuple<std::string, std::string, std::size_t>, Kind> kinds_;
  std::deque<double> sent_s_;  // of all kinds, within the window
  std::size_t others_left_out_ = 0;
};

}  // namespace moneta
