// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/alert.h"
#include "telemetry/record.h"

namespace moneta {

/// An event that somebody shall hear of, and what they would miss otherwise.
struct Alert {
  EventRecord record;
  std::int64_t time_s = 0;          ///< since 1970-01-01 UTC
  std::size_t left_out = 0;         ///< like it (see AlertLimits), since the last one
  std::size_t others_left_out = 0;  ///< because there were too many of any kind
  std::size_t unsent = 0;           ///< earlier ones that could not be sent
};

/// Where alerts come from.
struct AlertOrigin {
  std::string run, host;
};

/// The event record with time, run, host and, unless 0, the counts of the alert: one line of JSON
/// without the line's end, what is not UTF-8 replaced.
std::string alert_json(Alert const& alert, AlertOrigin const& origin);

/// For people, in UTF-8: one line for the event and one for each count that is not 0.
std::string alert_text(Alert const& alert, AlertOrigin const& origin);

/// At most `most` characters of a UTF-8 text, as UTF-16 counts them; one that was cut ends in
/// "...".
std::string cut_characters(std::string const& text, std::size_t most);

/// The JSON that a webhook of this kind takes; `automatic` is sent as `json`. `chat_id` is for
/// telegram.
std::string webhook_body(Alert const& alert, AlertOrigin const& origin, AlertTemplate kind,
                         std::string const& chat_id);

}  // namespace moneta
