// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/error.h"
#include "base/time.h"
#include "config/form.h"

namespace moneta::form {
namespace {

constexpr std::size_t most_coins = 1000;

/// Digits at `begin`, as a number; advances `begin`.
bool take_digits(std::string const& text, std::size_t& begin, std::size_t count, int& number) {
  if (begin + count > text.size()) return false;
  char const* const from = text.data() + begin;
  auto const [stop, problem] = std::from_chars(from, from + count, number);
  begin += count;
  return problem == std::errc() && stop == from + count && number >= 0;
}

bool take_one_of(std::string const& text, std::size_t& begin, std::string const& characters) {
  if (begin >= text.size() || characters.find(text[begin]) == std::string::npos) return false;
  ++begin;
  return true;
}

/// "12:30", "12:30:00", "12:30:00Z" from `at` to the end of the text; seconds of the day.
std::optional<std::int64_t> parse_clock(std::string const& text, std::size_t at) {
  int hour = 0, minute = 0, second = 0;
  bool sound = take_digits(text, at, 2, hour) && take_one_of(text, at, ":") &&
               take_digits(text, at, 2, minute);
  if (sound && take_one_of(text, at, ":")) sound = take_digits(text, at, 2, second);
  if (sound && at < text.size()) sound = take_one_of(text, at, "Z") && at == text.size();
  if (!sound || hour > 23 || minute > 59 || second != 0) return std::nullopt;
  return (hour * 60 + minute) * seconds_per_minute;
}

std::optional<std::int64_t> parse_minute(std::string const& text) {
  namespace chrono = std::chrono;
  int year = 0, month = 0, day = 0;
  std::size_t at = 0;
  bool const sound = take_digits(text, at, 4, year) && take_one_of(text, at, "-") &&
                     take_digits(text, at, 2, month) && take_one_of(text, at, "-") &&
                     take_digits(text, at, 2, day);
  chrono::year_month_day const date{chrono::year{year}, chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day))};
  if (!sound || !date.ok() || year < 1970 || year > 2199) return std::nullopt;
  std::int64_t const start_s = chrono::sys_days{date}.time_since_epoch().count() * seconds_per_day;
  if (at == text.size()) return start_s;
  if (!take_one_of(text, at, "T ")) return std::nullopt;
  auto const clock_s = parse_clock(text, at);
  return clock_s ? std::optional(start_s + *clock_s) : std::nullopt;
}

/// "15m" -> 15; nothing unless bars of so many minutes fill a day.
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

void add_once(std::vector<std::string>& list, Value const& item, std::string const& key,
              std::string const& text) {
  MONETA_REQUIRE(std::find(list.begin(), list.end(), text) == list.end(), config,
                 "{}: {}: {} is there twice. Remove one of them", item.place, key, quoted(text));
  list.push_back(text);
}

}  // namespace

void Coins::read(Value const& value, std::string const& key, std::vector<std::string>& into) const {
  if (value.kind != Value::Kind::list || value.items.empty() || value.items.size() > most_coins) {
    refuse(value, key,
           value.kind == Value::Kind::list
               ? fmt::format("{} (it has {})", says(), value.items.size())
               : says());
  }
  into.clear();
  for (Value const& item : value.items) {
    std::string coin;
    Name{}.read(item, key, coin);
    add_once(into, item, key, coin);
  }
}

void Placement::read(Value const& value, std::string const& key,
                     std::vector<std::vector<std::string>>& into) const {
  into.clear();
  if (value.kind == Value::Kind::nothing) return;
  if (value.kind != Value::Kind::list) refuse(value, key, says());
  for (Value const& rank : value.items) {
    if (rank.kind != Value::Kind::list) refuse(rank, key, says());
    std::vector<std::string>& coins = into.emplace_back();
    for (Value const& item : rank.items) Name{}.read(item, key, coins.emplace_back());
  }
}

void Events::read(Value const& value, std::string const& key,
                  std::vector<std::string>& into) const {
  if (value.kind != Value::Kind::list) refuse(value, key, says());
  into.clear();
  for (Value const& item : value.items) {
    std::string name;
    event.read(item, key, name);
    add_once(into, item, key, name);
  }
}

void Timeframes::read(Value const& value, std::string const& key,
                      std::vector<TimeframeConfig>& into) const {
  constexpr std::uint64_t most_steps = 5000;
  if (value.kind != Value::Kind::map || value.entries.empty()) refuse(value, key, says());
  into.clear();
  for (ValueEntry const& entry : value.entries) {
    auto const minutes = parse_timeframe(entry.key);
    MONETA_REQUIRE(
        minutes, config,
        "{}: {}: {} is not a timeframe (bars of <minutes>m that fill a day). Write for example 1m, 5m, 15m or 60m",
        entry.place, key, quoted(entry.key));
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
  auto const time_s = parse_minute(text_of(value, key, says()));
  if (!time_s) refuse(value, key, says());
  into = *time_s;
}

Json Minute::write(std::int64_t from) const { return utc_text(from); }

}  // namespace moneta::form
