// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <chrono>
#include <cmath>
#include <cstdio>

namespace moneta {
namespace {

namespace chrono = std::chrono;

chrono::year_month_day calendar(std::int64_t time_s) {
  return chrono::floor<chrono::days>(chrono::sys_seconds{chrono::seconds{time_s}});
}

std::int64_t first_second(chrono::year_month month) {
  return chrono::sys_seconds{chrono::sys_days{month / 1}}.time_since_epoch().count();
}

template <class... Values>
std::string printed(char const* format, Values... values) {
  char text[64];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

}  // namespace

std::string utc_text(std::int64_t time_s) {
  auto const day = calendar(time_s);
  std::int64_t const second = ((time_s % seconds_per_day) + seconds_per_day) % seconds_per_day;
  return printed("%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(day.year()),
                 static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                 static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
                 static_cast<int>(second % 60));
}

std::string utc_month(std::int64_t time_s) { return utc_text(time_s).substr(0, 7); }

std::int64_t month_start(std::int64_t time_s) {
  auto const day = calendar(time_s);
  return first_second(day.year() / day.month());
}

std::int64_t next_month_start(std::int64_t time_s) {
  auto const day = calendar(time_s);
  return first_second(day.year() / day.month() + chrono::months{1});
}

std::int64_t now_s() {
  return chrono::duration_cast<chrono::seconds>(chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string duration_text(double seconds) {
  auto const whole = static_cast<long long>(std::llround(seconds));
  if (whole >= 3600) return printed("%lldh %02lldm", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return printed("%lldm %02llds", whole / 60, whole % 60);
  if (whole >= 10) return printed("%llds", whole);
  return printed("%.1fs", seconds);
}

}  // namespace moneta
