// SPDX-License-Identifier: Apache-2.0
#include "market/parse_row.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "market/parse_plain_row.h"

namespace moneta {
namespace {

constexpr std::array<std::string_view, 7> column_names = {"timestamp", "open",   "high", "low",
                                                          "close",     "volume", "value"};
constexpr std::int64_t year_10000_ms = year_10000_s * 1000;

using Complaint = std::optional<BadRow>;

/// A unit of timestamps, other than milliseconds.
struct TimeUnit {
  RowFault fault;
  char const* name;
  std::int64_t per_second;
};
constexpr TimeUnit other_units[] = {
    {RowFault::seconds, "seconds", 1},
    {RowFault::microseconds, "microseconds", 1'000'000},
    {RowFault::nanoseconds, "nanoseconds", 1'000'000'000},
};

/// The years 1973 to 2286: in no two units do they have the same numbers.
constexpr std::int64_t first_unit_s = 100'000'000, last_unit_s = 9'999'999'999;

/// The unit in which a number is the start of a minute of the years above; null if there is none.
TimeUnit const* other_unit_of(std::int64_t number) {
  for (TimeUnit const& unit : other_units) {
    auto const time_s = number / unit.per_second;
    bool const is_minute = number % (unit.per_second * seconds_per_minute) == 0;
    if (is_minute && time_s >= first_unit_s && time_s <= last_unit_s) return &unit;
  }
  return nullptr;
}

Complaint parse_number(std::string_view text, std::string_view column, double& number) {
  auto const end = text.data() + text.size();
  auto const parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return BadRow{RowFault::number,
                  fmt::format("{} {} is not a number", column, quoted_cell(text))};
  }
  if (!std::isfinite(number)) {
    return BadRow{RowFault::number, fmt::format("{} {} is not finite", column, quoted_cell(text))};
  }
  return std::nullopt;
}

Complaint parse_time(std::string_view text, std::int64_t& time_s) {
  std::int64_t number = 0;
  auto const end = text.data() + text.size();
  auto const parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return BadRow{RowFault::time, fmt::format("timestamp {} is not a whole number of milliseconds",
                                              quoted_cell(text))};
  }
  time_s = number / 1000;
  bool const is_minute = number % (seconds_per_minute * 1000) == 0;
  if (is_minute && number >= 0 && time_s <= last_unit_s) return std::nullopt;
  if (auto const* unit = other_unit_of(number)) {
    return BadRow{unit->fault,
                  fmt::format("timestamp {} is {} in {} instead of milliseconds", number,
                              utc_text(number / unit->per_second), unit->name)};
  }
  if (number < 0 || number >= year_10000_ms) {
    return BadRow{
        RowFault::time,
        fmt::format("timestamp {} is not in the years 1970 to 9999 as milliseconds", number)};
  }
  if (!is_minute) {
    return BadRow{RowFault::time,
                  fmt::format("timestamp {} is not the start of a minute in milliseconds", number)};
  }
  return std::nullopt;
}

/// Checks the numbers; `cells` are their texts in the file, for messages.
Complaint check_candle(Candle const& candle, std::span<std::string_view const> cells,
                       OpenPrice open) {
  auto const bad = [](std::string text) { return BadRow{RowFault::price, std::move(text)}; };
  double const prices[] = {candle.open, candle.high, candle.low, candle.close};
  for (std::size_t i = 0; i < 4; ++i) {
    if (prices[i] >= least_price && prices[i] <= greatest_number) continue;
    auto const cell = fmt::format("{} {}", column_names[i + 1], quoted_cell(cells[i + 1]));
    if (prices[i] <= 0) return bad(cell + " is not positive");
    return bad(fmt::format("{} is not from {:g} to {:g}", cell, least_price, greatest_number));
  }
  if (candle.high < candle.low) {
    return bad(
        fmt::format("high {} is below low {}", quoted_cell(cells[2]), quoted_cell(cells[3])));
  }
  for (std::size_t const i : {0u, 3u}) {
    if (i == 0 && open == OpenPrice::any) continue;
    if (prices[i] > candle.high || prices[i] < candle.low) {
      return bad(fmt::format("{} {} is outside low {} to high {}", column_names[i + 1],
                             quoted_cell(cells[i + 1]), quoted_cell(cells[3]),
                             quoted_cell(cells[2])));
    }
  }
  if (candle.volume < 0) return bad(fmt::format("volume {} is negative", quoted_cell(cells[5])));
  if (candle.volume > greatest_number) {
    return bad(fmt::format("volume {} is above {:g}", quoted_cell(cells[5]), greatest_number));
  }
  return std::nullopt;
}

}  // namespace

char const* to_string(RowFault fault) {
  switch (fault) {
    case RowFault::columns:
      return "wrong number of columns";
    case RowFault::empty:
      return "empty line";
    case RowFault::number:
      return "not a number";
    case RowFault::price:
      return "impossible price or volume";
    case RowFault::time:
      return "timestamp not the start of a minute";
    case RowFault::seconds:
      return "timestamp in seconds";
    case RowFault::microseconds:
      return "timestamp in microseconds";
    case RowFault::nanoseconds:
      return "timestamp in nanoseconds";
    case RowFault::order:
      return "timestamp out of order";
    case RowFault::repeated:
      return "repeated minute";
    case RowFault::future:
      return "timestamp in the future";
  }
  return "unknown";
}

std::string quoted_cell(std::string_view text) { return fmt::format("'{}'", sanitized(text, 40)); }

std::optional<std::size_t> columns_of_header(std::string_view line) {
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // byte order mark
  if (line == "timestamp,open,high,low,close,volume") return 6;
  if (line == "timestamp,open,high,low,close,volume,value") return 7;
  return std::nullopt;
}

std::optional<BadRow> parse_row(std::string_view line, std::size_t columns, Candle& candle,
                                OpenPrice open) {
  if (parse_plain_row(line, columns, candle)) return std::nullopt;
  std::array<std::string_view, column_names.size()> cells;
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    std::size_t const comma = line.find(',');
    more = comma != std::string_view::npos;
    if (count < cells.size()) cells[count] = line.substr(0, comma);
    if (more) line.remove_prefix(comma + 1);
  }
  if (count == 1 && cells[0].empty()) return BadRow{RowFault::empty, "the line is empty"};
  if (count != columns) {
    return BadRow{RowFault::columns, fmt::format("{} columns instead of {}", count, columns)};
  }
  if (auto complaint = parse_time(cells[0], candle.time_s)) return complaint;
  double value = 0;
  double* const numbers[] = {&candle.open,  &candle.high,   &candle.low,
                             &candle.close, &candle.volume, &value};
  for (std::size_t i = 1; i < columns; ++i) {
    if (auto complaint = parse_number(cells[i], column_names[i], *numbers[i - 1])) {
      return complaint;
    }
  }
  return check_candle(candle, cells, open);
}

}  // namespace moneta
