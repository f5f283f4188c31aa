// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/alert_template.h"
#include "telemetry/record.h"

namespace moneta {

/// An event to send, and the numbers of alerts that were not sent before it.
struct Alert {
  EventRecord record;
  std::int64_t time_s = 0;            ///< since 1970-01-01 UTC
  std::size_t suppressed = 0;         ///< alerts of the same kind since the previous one
  std::size_t others_suppressed = 0;  ///< alerts beyond AlertLimits::max_alerts
  std::size_t unsent = 0;             ///< alerts that the target did not receive
};

/// The source of the alerts of a run.
struct AlertOrigin {
  std::string run, host;
};

/// The event record with time, run, host and the counts of the alert that are not 0, as one line of
/// JSON without its line end. Bytes that are not UTF-8 are replaced.
std::string alert_json(Alert const& alert, AlertOrigin const& origin);

/// A human-readable text in UTF-8, with one line for the event and one for each nonzero count.
std::string alert_text(Alert const& alert, AlertOrigin const& origin);

/// The first characters of a UTF-8 text, at most `max_units` UTF-16 code units. A text that was cut
/// ends in "...".
std::string cut_characters(std::string const& text, std::size_t max_units);

/// The JSON body for a webhook of this kind; `automatic` counts as `json`. Only telegram uses
/// `chat_id`.
std::string webhook_body(Alert const& alert, AlertOrigin const& origin, AlertTemplate kind,
                         std::string const& chat_id);

}  // namespace moneta
