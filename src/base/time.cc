// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <cmath>

namespace moneta {
namespace {

namespace chrono = std::chrono;

chrono::year_month_day calendar_day(std::int64_t time_s) {
  return chrono::floor<chrono::days>(chrono::sys_seconds{chrono::seconds{time_s}});
}

}  // namespace

std::string utc_text(std::int64_t time_s) {
  auto const day = calendar_day(time_s);
  std::int64_t const second = ((time_s % seconds_per_day) + seconds_per_day) % seconds_per_day;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                     second / 3600, second / 60 % 60, second % 60);
}

std::optional<std::int64_t> time_from_utc_text(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != form.size()) return {};
  std::array<int, 6> numbers{};  // year, month, day, hour, minute, second
  std::size_t number = 0;
  for (std::size_t i = 0; i < form.size(); ++i) {
    bool const is_digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == 'd' ? !is_digit : text[i] != form[i]) return {};
    if (is_digit) {
      numbers[number] = 10 * numbers[number] + (text[i] - '0');
    } else {
      ++number;
    }
  }
  auto const [year, month, day, hour, minute, second] = numbers;
  chrono::year_month_day const date{chrono::year{year}, chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return {};
  return chrono::sys_days{date}.time_since_epoch().count() * seconds_per_day + hour * 3600 +
         minute * 60 + second;
}

std::string utc_month(std::int64_t time_s) { return utc_text(time_s).substr(0, 7); }

std::int64_t next_month_start(std::int64_t time_s) {
  auto const day = calendar_day(time_s);
  chrono::year_month const next = day.year() / day.month() + chrono::months{1};
  return chrono::sys_seconds{chrono::sys_days{next / 1}}.time_since_epoch().count();
}

std::string duration_text(double seconds) {
  std::int64_t const whole = std::llround(seconds);
  if (whole >= 3600) return fmt::format("{}h {:02}m", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  if (whole >= 10) return fmt::format("{}s", whole);
  return fmt::format("{:.1f}s", seconds);
}

}  // namespace moneta
