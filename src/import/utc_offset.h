// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace moneta {

/// Minutes that a clock is ahead of UTC, from "+09:00", "-0330", "+9", "UTC", "GMT", "Z" or "KST".
/// Throws Error (config) for anything else, such as the name of a region.
std::int64_t parse_utc_offset(std::string const& text);

/// "+09:00", from the minutes that a clock is ahead of UTC.
std::string utc_offset_text(std::int64_t minutes);

}  // namespace moneta
