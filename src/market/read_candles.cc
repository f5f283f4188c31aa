// SPDX-License-Identifier: Apache-2.0
#include "market/read_candles.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "io/line_reader.h"
#include "market/candle_range.h"
#include "market/parse_plain_row.h"
#include "market/raw_file.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 7> column_names = {"timestamp", "open",   "high", "low",
                                                          "close",     "volume", "value"};
constexpr std::string_view header = "timestamp,open,high,low,close,volume";
constexpr std::string_view header_with_value = "timestamp,open,high,low,close,volume,value";
constexpr std::int64_t year_10000_ms = year_10000_s * 1000;

/// A value from a file for a message.
std::string quoted(std::string_view text) { return fmt::format("'{}'", sanitized(text, 40)); }

/// Why a row is bad; nothing if it is good.
using Complaint = std::optional<std::string>;

Complaint parse_number(std::string_view text, std::string_view column, double& number) {
  auto const end = text.data() + text.size();
  auto const parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return fmt::format("{} {} is not a number", column, quoted(text));
  }
  if (!std::isfinite(number)) return fmt::format("{} {} is not finite", column, quoted(text));
  return std::nullopt;
}

Complaint parse_time(std::string_view text, std::int64_t& time_s) {
  std::int64_t time_ms = 0;
  auto const end = text.data() + text.size();
  auto const parsed = std::from_chars(text.data(), end, time_ms);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return fmt::format("timestamp {} is not a whole number of milliseconds", quoted(text));
  }
  if (time_ms < 0 || time_ms >= year_10000_ms) {
    return fmt::format("timestamp {} is not in the years 1970 to 9999 as milliseconds", time_ms);
  }
  if (time_ms % (seconds_per_minute * 1000) != 0) {
    return fmt::format("timestamp {} is not the start of a minute in milliseconds", time_ms);
  }
  time_s = time_ms / 1000;
  return std::nullopt;
}

/// Checks the numbers; `cells` are their texts in the file, for messages.
Complaint check_candle(Candle const& candle, std::span<std::string_view const> cells) {
  double const prices[] = {candle.open, candle.high, candle.low, candle.close};
  for (std::size_t i = 0; i < 4; ++i) {
    if (prices[i] >= least_price && prices[i] <= greatest_number) continue;
    auto const cell = fmt::format("{} {}", column_names[i + 1], quoted(cells[i + 1]));
    if (prices[i] <= 0) return cell + " is not positive";
    return fmt::format("{} is not from {:g} to {:g}", cell, least_price, greatest_number);
  }
  if (candle.high < candle.low) {
    return fmt::format("high {} is below low {}", quoted(cells[2]), quoted(cells[3]));
  }
  for (std::size_t const i : {0u, 3u}) {
    if (prices[i] > candle.high || prices[i] < candle.low) {
      return fmt::format("{} {} is outside low {} to high {}", column_names[i + 1],
                         quoted(cells[i + 1]), quoted(cells[3]), quoted(cells[2]));
    }
  }
  if (candle.volume < 0) return fmt::format("volume {} is negative", quoted(cells[5]));
  if (candle.volume > greatest_number) {
    return fmt::format("volume {} is above {:g}", quoted(cells[5]), greatest_number);
  }
  return std::nullopt;
}

Complaint parse_row(std::string_view line, std::size_t columns, Candle& candle) {
  if (parse_plain_row(line, columns, candle)) return std::nullopt;
  std::array<std::string_view, column_names.size()> cells;
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    std::size_t const comma = line.find(',');
    more = comma != std::string_view::npos;
    if (count < cells.size()) cells[count] = line.substr(0, comma);
    if (more) line.remove_prefix(comma + 1);
  }
  if (count == 1 && cells[0].empty()) return "the line is empty";
  if (count != columns) return fmt::format("{} columns instead of {}", count, columns);
  if (auto complaint = parse_time(cells[0], candle.time_s)) return complaint;
  double value = 0;
  double* const numbers[] = {&candle.open,  &candle.high,   &candle.low,
                             &candle.close, &candle.volume, &value};
  for (std::size_t i = 1; i < columns; ++i) {
    if (auto complaint = parse_number(cells[i], column_names[i], *numbers[i - 1])) {
      return complaint;
    }
  }
  return check_candle(candle, cells);
}

Complaint check_order(std::vector<Candle> const& before, Candle const& candle) {
  if (before.empty() || candle.time_s > before.back().time_s) return std::nullopt;
  auto const timestamp =
      fmt::format("timestamp {} ({})", candle.time_s * 1000, utc_text(candle.time_s));
  if (candle.time_s == before.back().time_s) return timestamp + " is repeated";
  return fmt::format("{} comes after {}", timestamp, utc_text(before.back().time_s));
}

std::size_t read_header(LineReader& reader, fs::path const& path) {
  std::string_view line;
  bool const any = reader.next(line);
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // byte order mark
  MONETA_REQUIRE(any && (line == header || line == header_with_value), data,
                 "'{}' line 1 is {} (a header '{}[,value]' is needed). Is it a file of candles?",
                 path.string(), any ? quoted(line) : "missing", header);
  return line == header ? 6 : 7;
}

}  // namespace

fs::path find_raw_file(fs::path const& folder, std::string const& coin) {
  if (auto const path = existing_raw_file(folder, coin)) return *path;
  std::error_code unreadable;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, unreadable), end; !unreadable && entry != end;
       entry.increment(unreadable)) {
    names.push_back(entry->path().filename().string());
  }
  MONETA_REQUIRE(
      !unreadable, data,
      "no raw candles of {} (the folder '{}' cannot be listed: {}). Is data.raw right, or should `moneta synth` run first?",
      coin, folder.string(), unreadable.message());
  std::sort(names.begin(), names.end());
  constexpr std::size_t most_listed = 20;
  auto listed = joined(std::span(names).first(std::min(names.size(), most_listed)));
  if (names.size() > most_listed) {
    listed += fmt::format(" and {} more", names.size() - most_listed);
  }
  throw Error(
      ErrorKind::data,
      fmt::format(
          "no raw candles of {} (the folder '{}' has neither {}.csv nor {}.csv.gz; it contains: {}). Is the coin's name right, and were its candles fetched?",
          coin, folder.string(), coin, coin, names.empty() ? "nothing" : listed));
}

RawCandles read_candles(fs::path const& path, BadRows on_bad_row) {
  LineReader reader(path);
  std::size_t const columns = read_header(reader, path);
  RawCandles raw;
  std::string_view line;
  while (reader.next(line)) {
    Candle candle;
    Complaint complaint = parse_row(line, columns, candle);
    if (!complaint) complaint = check_order(raw.candles, candle);
    if (!complaint) {
      raw.candles.push_back(candle);
      continue;
    }
    MONETA_REQUIRE(
        on_bad_row == BadRows::skip, data,
        "'{}' line {}: {} (the row is not a valid candle). Fix the file, or set data.on_bad_row to skip?",
        path.string(), reader.line_number(), *complaint);
    ++raw.skipped_rows;
  }
  return raw;
}

}  // namespace moneta
