// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace moneta {

inline constexpr std::int64_t seconds_per_minute = 60;
inline constexpr std::int64_t seconds_per_day = 86'400;

/// 10000-01-01T00:00:00Z: times in files must be earlier, so that a year has four digits.
inline constexpr std::int64_t year_10000_s = 253'402'300'800;

/// "2021-04-02T00:00:00Z", from seconds since 1970-01-01 UTC; for the years 1 to 9999.
std::string utc_text(std::int64_t time_s);

/// The inverse of utc_text for the years 0 to 9999; nothing for any other text.
std::optional<std::int64_t> time_from_utc_text(std::string_view text);

/// "2021-04", the UTC calendar month that contains `time_s`.
std::string utc_month(std::int64_t time_s);

/// The first second of the UTC calendar month after the one that contains `time_s`.
std::int64_t next_month_start(std::int64_t time_s);

/// A human-readable duration: "2h 05m", "3m 07s", "12s", "0.3s".
std::string duration_text(double seconds);

}  // namespace moneta
