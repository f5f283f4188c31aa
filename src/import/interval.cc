// SPDX-License-Identifier: Apache-2.0
#include "import/interval.h"

#include <numeric>

#include "base/error.h"
#include "base/time.h"

namespace moneta {
namespace {

constexpr std::int64_t minutes_per_day = 1440;

/// In a market that does not trade in each minute, distances vary. A long run of equal distances
/// that are not the shortest one is a series of longer bars.
void refuse_changed_interval(std::span<RawRow const> rows, std::int64_t minutes,
                             TextTable const& table, std::string const& name) {
  constexpr std::size_t most_equal = 100;
  std::int64_t before_ms = 0;
  std::size_t run = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    std::int64_t const distance_ms = rows[i].time_ms - rows[i - 1].time_ms;
    if (distance_ms == 0) continue;
    run = distance_ms == before_ms ? run + 1 : 1;
    before_ms = distance_ms;
    MONETA_REQUIRE(
        distance_ms == minutes * ms_per_minute || run < most_equal, data,
        "'{}' {}: bars of {} change to bars of {} inside the file (bars of one length are needed). Split the file?",
        name, table.place_text(rows[i].place), interval_text(distance_ms / ms_per_minute),
        interval_text(minutes));
  }
}

std::int64_t common_step(std::span<RawRow const> rows) {
  std::int64_t step_ms = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    step_ms = std::gcd(step_ms, rows[i].time_ms - rows[i - 1].time_ms);
  }
  return step_ms / ms_per_minute;
}

}  // namespace

std::int64_t find_interval(std::span<RawRow const> rows, std::int64_t stated_minutes,
                           std::int64_t named_minutes, TextTable const& table,
                           std::string const& name, std::vector<std::string>& decisions) {
  for (RawRow const& row : rows) {
    MONETA_REQUIRE(
        row.time_ms % ms_per_minute == 0, data,
        "'{}' {}: {} is {} ms after the start of a minute (bars start on a minute). Is the column another time, such as that of the last trade (--columns)?",
        name, table.place_text(row.place), utc_text(row.time_ms / 1000),
        row.time_ms % ms_per_minute);
  }
  std::int64_t const step = common_step(rows);
  if (stated_minutes > 0 && step % stated_minutes == 0) return stated_minutes;
  if (step == 0) {
    if (named_minutes == 0) {
      decisions.push_back(
          "The length of the bar is taken to be one minute: there is a single row, and nothing names it.");
    }
    return named_minutes == 0 ? 1 : named_minutes;
  }
  constexpr std::size_t few_rows = 12;
  if (named_minutes > 0 && step > named_minutes && step % named_minutes == 0 &&
      rows.size() < few_rows) {
    return named_minutes;
  }
  refuse_changed_interval(rows, step, table, name);
  return step;
}

std::string interval_text(std::int64_t minutes) {
  auto const text = [](std::int64_t count, char const* unit) {
    return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
  };
  if (minutes % minutes_per_day == 0 && minutes > 0) return text(minutes / minutes_per_day, "day");
  if (minutes % 60 == 0 && minutes > 0) return text(minutes / 60, "hour");
  return text(minutes, "minute");
}

}  // namespace moneta
