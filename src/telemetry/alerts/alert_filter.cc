// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alert_filter.h"

namespace moneta {

AlertFilter::AlertFilter(std::vector<std::string> const& names, AlertLimits limits)
    : limits_(limits) {
  for (std::string const& name : names) {
    if (name == "error") every_error_ = true;
    for (EventInfo const& row : event_table) {
      if (row.can_alert && (name == row.name || name == row.group)) events_.insert(row.event);
    }
  }
}

bool AlertFilter::is_selected(EventRecord const& record) const {
  if (!info(record.event).can_alert) return false;
  return (every_error_ && record.severity == Severity::error) || events_.contains(record.event);
}

std::optional<Alert> AlertFilter::admit(EventRecord const& record, double now_s,
                                        std::int64_t time_s) {
  if (!is_selected(record)) return std::nullopt;
  Kind& kind = kinds_[{record.event, record.coin, record.coin.empty() ? record.rank : 0}];
  if (kind.sent_s && now_s - *kind.sent_s < limits_.window_s) {
    ++kind.suppressed;
    return std::nullopt;
  }
  while (!sent_s_.empty() && now_s - sent_s_.front() >= limits_.window_s) sent_s_.pop_front();
  if (sent_s_.size() >= limits_.max_alerts) {
    ++others_suppressed_;
    return std::nullopt;
  }
  sent_s_.push_back(now_s);
  kind.sent_s = now_s;
  return Alert{.record = record,
               .time_s = time_s,
               .suppressed = std::exchange(kind.suppressed, 0),
               .others_suppressed = std::exchange(others_suppressed_, 0)};
}

}  // namespace moneta
