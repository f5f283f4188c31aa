// SPDX-License-Identifier: Apache-2.0
#include "config/field_type_time.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/error.h"
#include "base/time.h"

namespace moneta::field {
namespace {

/// Reads `count` digits at `at` into `number` and advances `at`; false if they are not digits.
bool take_digits(std::string const& text, std::size_t& at, std::size_t count, int& number) {
  if (at + count > text.size()) return false;
  char const* const from = text.data() + at;
  auto const [stop, problem] = std::from_chars(from, from + count, number);
  at += count;
  return problem == std::errc() && stop == from + count && number >= 0;
}

bool take_one_of(std::string const& text, std::size_t& at, std::string const& characters) {
  if (at >= text.size() || characters.find(text[at]) == std::string::npos) return false;
  ++at;
  return true;
}

/// Seconds since midnight of "12:30", "12:30:00" or "12:30:00Z", which must reach from `at` to the
/// end of the text.
std::optional<std::int64_t> parse_clock(std::string const& text, std::size_t at) {
  int hour = 0, minute = 0, second = 0;
  bool is_valid = take_digits(text, at, 2, hour) && take_one_of(text, at, ":") &&
                  take_digits(text, at, 2, minute);
  if (is_valid && take_one_of(text, at, ":")) is_valid = take_digits(text, at, 2, second);
  if (is_valid && at < text.size()) is_valid = take_one_of(text, at, "Z") && at == text.size();
  if (!is_valid || hour > 23 || minute > 59 || second != 0) return std::nullopt;
  return (hour * 60 + minute) * seconds_per_minute;
}

/// Seconds since 1970 of a date, or of a date and a clock time.
std::optional<std::int64_t> parse_minute(std::string const& text) {
  namespace chrono = std::chrono;
  int year = 0, month = 0, day = 0;
  std::size_t at = 0;
  bool const is_valid = take_digits(text, at, 4, year) && take_one_of(text, at, "-") &&
                        take_digits(text, at, 2, month) && take_one_of(text, at, "-") &&
                        take_digits(text, at, 2, day);
  chrono::year_month_day const date{chrono::year{year}, chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day))};
  if (!is_valid || !date.ok() || year < 1970 || year > 2199) return std::nullopt;
  std::int64_t const start_s = chrono::sys_days{date}.time_since_epoch().count() * seconds_per_day;
  if (at == text.size()) return start_s;
  if (!take_one_of(text, at, "T ")) return std::nullopt;
  auto const clock_s = parse_clock(text, at);
  return clock_s ? std::optional(start_s + *clock_s) : std::nullopt;
}

/// "15m" -> 15; nothing unless bars of this many minutes fill a day.
std::optional<std::int64_t> parse_timeframe(std::string const& name) {
  constexpr std::int64_t day_minutes = seconds_per_day / seconds_per_minute;
  std::int64_t minutes = 0;
  if (name.size() < 2 || name.back() != 'm' || name.front() == '0') return std::nullopt;
  char const* const end = name.data() + name.size() - 1;
  auto const [stop, problem] = std::from_chars(name.data(), end, minutes);
  if (problem != std::errc() || stop != end) return std::nullopt;
  if (minutes < 1 || minutes > day_minutes || day_minutes % minutes != 0) return std::nullopt;
  return minutes;
}

}  // namespace

void Timeframes::read(Value const& value, std::string const& key,
                      std::vector<TimeframeConfig>& into) const {
  constexpr std::uint64_t most_steps = 5000;
  if (value.kind != Value::Kind::map || value.entries.empty()) reject(value, key, describe());
  into.clear();
  for (ValueEntry const& entry : value.entries) {
    auto const minutes = parse_timeframe(entry.key);
    MONETA_REQUIRE(
        minutes, config,
        "{}: {}: {} is not a timeframe (<minutes>m, where the minutes divide 1440). Write, for example, 1m, 5m, 15m or 60m",
        entry.location, key, quoted(entry.key));
    std::size_t steps = 0;
    Whole{1, most_steps}.read(entry.value, key + '.' + entry.key, steps);
    into.push_back({entry.key, *minutes, steps});
  }
  std::sort(into.begin(), into.end(),
            [](auto const& a, auto const& b) { return a.minutes < b.minutes; });
}

Json Timeframes::write(std::vector<TimeframeConfig> const& from) const {
  Json json = Json::object();
  for (TimeframeConfig const& timeframe : from) json[timeframe.name] = timeframe.steps;
  return json;
}

void Minute::read(Value const& value, std::string const& key, std::int64_t& into) const {
  auto const time_s = parse_minute(text_of(value, key, describe()));
  if (!time_s) reject(value, key, describe());
  into = *time_s;
}

Json Minute::write(std::int64_t from) const { return utc_text(from); }

void End::read(Value const& value, std::string const& key, DataEnd& into) const {
  std::string const text = text_of(value, key, describe());
  if (text == "common") {
    into = {EndRule::common, 0};
  } else if (text == "each") {
    into = {EndRule::each, 0};
  } else {
    auto const time_s = parse_minute(text);
    if (!time_s) reject(value, key, describe());
    into = {EndRule::time, *time_s};
  }
}

Json End::write(DataEnd const& from) const {
  switch (from.rule) {
    case EndRule::common:
      return "common";
    case EndRule::each:
      return "each";
    case EndRule::time:
      return utc_text(from.time_s);
  }
  return nullptr;
}

}  // namespace moneta::field
