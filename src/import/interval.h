// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "import/read_rows.h"

namespace moneta {

/// The length of the bars in minutes: the largest step of which all distances between rows are
/// multiples. What the content states comes first, and what the name of the file says decides where
/// a few rows allow for shorter bars; both are 0 if they say nothing. The rows are sorted by time.
/// Throws Error (data) if a time is not on a whole minute, or if the length changes inside the
/// file.
std::int64_t find_interval(std::span<RawRow const> rows, std::int64_t stated_minutes,
                           std::int64_t named_minutes, TextTable const& table,
                           std::string const& name, std::vector<std::string>& decisions);

/// "1 minute", "15 minutes", "4 hours", "1 day"
std::string interval_text(std::int64_t minutes);

}  // namespace moneta
