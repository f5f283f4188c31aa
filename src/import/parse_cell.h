// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace moneta {

/// What the text of a time says about its zone, or the unit of a number of time since 1970.
enum class TimeForm : std::uint8_t {
  seconds,
  milliseconds,
  microseconds,
  nanoseconds,
  with_zone,     ///< "2024-01-05T00:01:00Z", "2024-01-05 09:01:00+09:00"
  without_zone,  ///< "2024-01-05 00:01:00"
  day,           ///< "2024-01-05"
};

constexpr bool is_number(TimeForm form) { return form <= TimeForm::nanoseconds; }

inline constexpr std::int64_t ms_per_minute = 60'000;

/// A time in a cell, in milliseconds since 1970; without a zone it is read as UTC.
struct CellTime {
  std::int64_t time_ms = 0;
  TimeForm form = TimeForm::milliseconds;
};

/// Whether a date with slashes begins with its month or its day.
enum class DateOrder : std::uint8_t { month_first, day_first };

/// Reads a time of the years 2009 to 2100: a number whose size decides its unit, or a date with or
/// without a time of day, in the forms of ISO 8601, of spreadsheets ("4/20/2021 0:02") and of
/// CryptoDataDownload ("2019-10-17 09-AM"). Nothing if the cell is none.
std::optional<CellTime> parse_time(std::string_view cell, DateOrder order = DateOrder::month_first);

/// True for a number of time that lost its seconds when a spreadsheet rounded it: "1.61888E+12".
bool is_rounded_time(std::string_view cell);

/// The first two numbers of a date with slashes, which is in either order of day and month.
struct SlashDate {
  int first = 0, second = 0;
};
std::optional<SlashDate> parse_slash_date(std::string_view cell);

/// A decimal number, whole cell; nothing if it is none or not finite.
std::optional<double> parse_number(std::string_view cell);

/// True for the cells that stand for no value: empty, "null", "NaN", "None", "N/A", "-".
bool is_missing(std::string_view cell);

}  // namespace moneta
