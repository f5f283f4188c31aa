// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alert_filter.h"

namespace moneta {

AlertFilter::AlertFilter(std::vector<std::string> const& names, AlertLimits limits)
    : limits_(limits) {
  for (std::string const& name : names) {
    if (name == "error") every_error_ = true;
    for (AlertEvent const& event : alert_events) {
      if (name == event.action || name == event.group) actions_.emplace(event.action);
    }
  }
}

bool AlertFilter::is_wanted(EventRecord const& record) const {
  if (record.action.starts_with("alert_")) return false;
  return (every_error_ && record.severity == Severity::error) || actions_.contains(record.action);
}

std::optional<Alert> AlertFilter::admit(EventRecord const& record, double now_s,
                                        std::int64_t time_s) {
  if (!is_wanted(record)) return std::nullopt;
  Kind& kind = kinds_[{record.action, record.coin, record.coin.empty() ? record.rank : 0}];
  if (kind.sent_s && now_s - *kind.sent_s < limits_.window_s) {
    ++kind.left_out;
    return std::nullopt;
  }
  while (!sent_s_.empty() && now_s - sent_s_.front() >= limits_.window_s) sent_s_.pop_front();
  if (sent_s_.size() >= limits_.most) {
    ++others_left_out_;
    return std::nullopt;
  }
  sent_s_.push_back(now_s);
  kind.sent_s = now_s;
  return Alert{record, time_s, std::exchange(kind.left_out, 0), std::exchange(others_left_out_, 0),
               0};
}

}  // namespace moneta
