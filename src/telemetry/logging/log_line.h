// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "telemetry/record.h"

namespace moneta {

/// A line of the epoch log without its line end: one JSON object with "@timestamp", "event.action":
/// "epoch", and the members of the record. Measurements are rounded, because noise does not
/// compress: losses and the learning rate have 6 significant digits, percentages 2 and other
/// numbers 3; memory in use is in whole MB.
std::string epoch_log_line(EpochRecord const& record, std::int64_t time_ms);

/// A line of the event log without its line end: one JSON object with the ECS fields "@timestamp",
/// "log.level", "message", "event.action", "event.dataset" and "labels" (coin, rank), and the
/// details in "moneta". Bytes that are not UTF-8 are replaced.
std::string event_log_line(EventRecord const& record, std::int64_t time_ms);

}  // namespace moneta
