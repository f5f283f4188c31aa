// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace moneta {

inline constexpr std::int64_t seconds_per_minute = 60;
inline constexpr std::int64_t seconds_per_day = 86'400;

/// "2021-04-02T00:00:00Z" for seconds since 1970-01-01 UTC; any year from 1 to 9999.
std::string utc_text(std::int64_t time_s);

/// "2021-04": the calendar month, UTC, in which `time_s` lies.
std::string utc_month(std::int64_t time_s);

/// First second of the calendar month, UTC, in which `time_s` lies.
std::int64_t month_start(std::int64_t time_s);

/// First second of the month after the one in which `time_s` lies.
std::int64_t next_month_start(std::int64_t time_s);

/// Seconds since 1970-01-01 UTC, now.
std::int64_t now_s();

/// "2h 05m", "3m 07s", "12s": a duration for people.
std::string duration_text(double seconds);

}  // namespace moneta
