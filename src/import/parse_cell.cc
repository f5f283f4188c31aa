// SPDX-License-Identifier: Apache-2.0
#include "import/parse_cell.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/time.h"

namespace moneta {
namespace {

constexpr std::int64_t earliest_s = 1'230'768'000;  // 2009-01-01: Bitcoin began on January 3
constexpr std::int64_t latest_s = 4'133'980'800;    // 2101-01-01

constexpr bool is_digit(char each) { return each >= '0' && each <= '9'; }

/// Consumes a text from its front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }

  /// A number of `least` to `most` digits.
  bool number(std::size_t least, std::size_t most, int& value) {
    value = 0;
    std::size_t count = 0;
    while (count < most && count < rest_.size() && is_digit(rest_[count])) {
      value = value * 10 + (rest_[count] - '0');
      ++count;
    }
    if (count < least) return false;
    rest_.remove_prefix(count);
    return true;
  }

  bool any_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  char last() const { return last_; }

  bool word(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  /// The digits after a decimal point, as milliseconds; what is smaller is cut off.
  std::int64_t fraction_ms() {
    std::int64_t ms = 0;
    std::int64_t unit = 100;
    while (!rest_.empty() && is_digit(rest_.front())) {
      ms += unit * (rest_.front() - '0');
      unit /= 10;
      rest_.remove_prefix(1);
    }
    return ms;
  }

 private:
  std::string_view rest_;
  char last_ = '\0';
};

struct Date {
  int year = 0, month = 0, day = 0;
};

std::optional<std::int64_t> start_of_day_ms(Date const& date) {
  namespace chrono = std::chrono;
  // The calendar's types keep the lowest eight bits.
  if (date.year < 2009 || date.year > 2100 || date.month > 12 || date.day > 31) return std::nullopt;
  chrono::year_month_day const day = chrono::year{date.year} /
                                     chrono::month{static_cast<unsigned>(date.month)} /
                                     chrono::day{static_cast<unsigned>(date.day)};
  if (!day.ok()) return std::nullopt;
  return std::int64_t{chrono::sys_days{day}.time_since_epoch().count()} * seconds_per_day * 1000;
}

/// "2024-01-05", "2024/1/5", "2024.01.05"; "1/5/2024" in the given order; "05.01.2024".
bool scan_date(Scanner& scanner, DateOrder order, Date& date) {
  int first = 0;
  int second = 0;
  int third = 0;
  if (!scanner.number(1, 4, first) || !scanner.any_of("-/.")) return false;
  char const separator = scanner.last();
  if (!scanner.number(1, 2, second) || !scanner.any_of({&separator, 1}) ||
      !scanner.number(1, 4, third)) {
    return false;
  }
  if (first > 31) {
    date = {first, second, third};
  } else if (separator == '.' || (separator == '/' && order == DateOrder::day_first)) {
    date = {third, second, first};
  } else if (separator == '/') {
    date = {third, first, second};
  } else {
    return false;
  }
  return true;
}

/// "AM" or "PM" of a clock of 12 hours, if it follows.
bool scan_half_day(Scanner& scanner, int& hour) {
  bool const is_pm = scanner.word("PM") || scanner.word("pm");
  if (!is_pm && !scanner.word("AM") && !scanner.word("am")) return false;
  if (hour < 1 || hour > 12) return false;
  hour = hour % 12 + (is_pm ? 12 : 0);
  return true;
}

/// "09:01", "09:01:59", "09:01:59.999", "9:01 PM" or "09-AM", as milliseconds of the day.
std::optional<std::int64_t> scan_time_of_day(Scanner& scanner) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction_ms = 0;
  if (!scanner.number(1, 2, hour) || !scanner.any_of(":-")) return std::nullopt;
  if (scanner.last() == '-') {
    if (!scan_half_day(scanner, hour)) return std::nullopt;
  } else {
    if (!scanner.number(2, 2, minute)) return std::nullopt;
    if (scanner.any_of(":")) {
      if (!scanner.number(2, 2, second)) return std::nullopt;
      if (scanner.any_of(".,")) fraction_ms = scanner.fraction_ms();
    }
    if (Scanner ahead = scanner; ahead.any_of(" ") && scan_half_day(ahead, hour)) scanner = ahead;
  }
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return ((std::int64_t{hour} * 60 + minute) * 60 + second) * 1000 + fraction_ms;
}

/// "Z", " UTC", "+09:00", "-0400" or "+09", as minutes east of UTC.
std::optional<std::int64_t> scan_zone(Scanner& scanner) {
  scanner.any_of(" ");
  if (scanner.word("Z") || scanner.word("UTC") || scanner.word("GMT")) return 0;
  if (!scanner.any_of("+-")) return std::nullopt;
  std::int64_t const sign = scanner.last() == '-' ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  if (!scanner.number(2, 2, hours)) return std::nullopt;
  bool const has_colon = scanner.any_of(":");
  if (!scanner.number(has_colon ? 2 : 0, 2, minutes)) return std::nullopt;
  if (hours > 14 || minutes > 59) return std::nullopt;
  return sign * (std::int64_t{hours} * 60 + minutes);
}

std::optional<CellTime> parse_date_and_time(std::string_view cell, DateOrder order) {
  Scanner scanner(cell);
  Date date;
  if (!scan_date(scanner, order, date)) return std::nullopt;
  auto const day_ms = start_of_day_ms(date);
  if (!day_ms) return std::nullopt;
  if (scanner.done()) return CellTime{*day_ms, TimeForm::day};
  if (!scanner.any_of("T t_")) return std::nullopt;
  auto const in_day_ms = scan_time_of_day(scanner);
  if (!in_day_ms) return std::nullopt;
  if (scanner.done()) return CellTime{*day_ms + *in_day_ms, TimeForm::without_zone};
  auto const offset_minutes = scan_zone(scanner);
  if (!offset_minutes || !scanner.done()) return std::nullopt;
  return CellTime{*day_ms + *in_day_ms - *offset_minutes * ms_per_minute, TimeForm::with_zone};
}

/// The unit in which a number is a plausible time.
std::optional<TimeForm> unit_of(double number) {
  double scale = 1;
  for (auto const form :
       {TimeForm::seconds, TimeForm::milliseconds, TimeForm::microseconds, TimeForm::nanoseconds}) {
    if (number >= static_cast<double>(earliest_s) * scale &&
        number < static_cast<double>(latest_s) * scale) {
      return form;
    }
    scale *= 1000;
  }
  return std::nullopt;
}

std::optional<CellTime> parse_whole_number(std::string_view cell) {
  std::int64_t number = 0;
  auto const end = cell.data() + cell.size();
  auto const parsed = std::from_chars(cell.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  auto const form = unit_of(static_cast<double>(number));
  if (!form) return std::nullopt;
  switch (*form) {
    case TimeForm::seconds:
      return CellTime{number * 1000, *form};
    case TimeForm::microseconds:
      return CellTime{number / 1000, *form};
    case TimeForm::nanoseconds:
      return CellTime{number / 1'000'000, *form};
    default:
      return CellTime{number, *form};
  }
}

std::optional<CellTime> parse_decimal(std::string_view cell) {
  auto const number = parse_number(cell);
  if (!number) return std::nullopt;
  auto const form = unit_of(*number);
  if (!form || is_rounded_time(cell)) return std::nullopt;
  constexpr std::array<double, 4> ms_per_unit = {1e3, 1, 1e-3, 1e-6};
  double const time_ms = *number * ms_per_unit[static_cast<std::size_t>(*form)];
  // Seconds with a fraction are seldom exact in binary; microseconds are cut off.
  return CellTime{static_cast<std::int64_t>(std::floor(time_ms + 1e-3)), *form};
}

}  // namespace

std::optional<CellTime> parse_time(std::string_view cell, DateOrder order) {
  if (cell.empty() || !is_digit(cell.front())) return std::nullopt;
  if (auto const whole = parse_whole_number(cell)) return whole;
  if (auto const date = parse_date_and_time(cell, order)) return date;
  return parse_decimal(cell);
}

bool is_rounded_time(std::string_view cell) {
  std::size_t const e = cell.find_first_of("eE");
  if (e == std::string_view::npos) return false;
  auto const number = parse_number(cell);
  auto const form = number ? unit_of(*number) : std::nullopt;
  if (!form) return false;
  std::size_t const point = cell.substr(0, e).find('.');
  std::size_t const decimals = point == std::string_view::npos ? 0 : e - point - 1;
  // The last digit of the mantissa is worth this much, in units of the time.
  double const step =
      std::pow(10.0, std::floor(std::log10(*number)) - static_cast<double>(decimals));
  constexpr std::array<double, 4> units_per_second = {1, 1e3, 1e6, 1e9};
  return step > units_per_second[static_cast<std::size_t>(*form)];
}

std::optional<SlashDate> parse_slash_date(std::string_view cell) {
  Scanner scanner(cell);
  SlashDate date;
  if (!scanner.number(1, 2, date.first) || !scanner.any_of("/") ||
      !scanner.number(1, 2, date.second) || !scanner.any_of("/")) {
    return std::nullopt;
  }
  return date;
}

std::optional<double> parse_number(std::string_view cell) {
  if (cell.size() > 1 && cell.front() == '+' && cell[1] != '-') cell.remove_prefix(1);
  double number = 0;
  auto const end = cell.data() + cell.size();
  auto const parsed = std::from_chars(cell.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

bool is_missing(std::string_view cell) {
  if (!cell.empty() && is_digit(cell.front())) return false;
  constexpr std::array<std::string_view, 13> texts = {
      "", "null", "NULL", "NaN", "nan", "NAN", "None", "none", "N/A", "NA", "n/a", "-", "<NA>"};
  return std::find(texts.begin(), texts.end(), cell) != texts.end();
}

}  // namespace moneta
