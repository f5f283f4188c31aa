// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <fmt/core.h>

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
