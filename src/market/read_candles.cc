// SPDX-License-Identifier: Apache-2.0
#include "market/read_candles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "io/line_reader.h"
#include "market/order_rows.h"
#include "market/parse_row.h"
#include "market/raw_file.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view header = "timestamp,open,high,low,close,volume";
/// Clocks may differ by this much.
constexpr std::int64_t clock_tolerance_s = 2 * seconds_per_minute;

/// Counts the bad rows of a file by fault and keeps the text of the first of each.
class BadRowCounts {
 public:
  void add(RowFault fault, std::size_t line, std::function<std::string()> const& text) {
    Count& count = counts_[static_cast<std::size_t>(fault)];
    ++rows_;
    if (count.rows++ > 0 && line > count.first_line) return;
    count.first_line = line;
    count.text = text();
  }

  std::size_t rows() const { return rows_; }

  std::vector<SkippedRows> by_reason() const {
    std::vector<SkippedRows> all;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i].rows == 0) continue;
      all.push_back({to_string(static_cast<RowFault>(i)), counts_[i].rows, counts_[i].first_line});
    }
    return all;
  }

  /// The most frequent fault.
  RowFault main_fault() const {
    auto const most =
        std::max_element(counts_.begin(), counts_.end(),
                         [](auto const& a, auto const& b) { return a.rows < b.rows; });
    return static_cast<RowFault>(most - counts_.begin());
  }
  /// The fault of the first bad row of the file.
  RowFault first_fault() const {
    auto const first =
        std::min_element(counts_.begin(), counts_.end(),
                         [](auto const& a, auto const& b) { return a.order() < b.order(); });
    return static_cast<RowFault>(first - counts_.begin());
  }
  std::size_t first_line(RowFault fault) const {
    return counts_[static_cast<std::size_t>(fault)].first_line;
  }
  std::string const& text(RowFault fault) const {
    return counts_[static_cast<std::size_t>(fault)].text;
  }

 private:
  struct Count {
    std::size_t rows = 0, first_line = 0;
    std::string text;
    std::size_t order() const {
      return rows > 0 ? first_line : std::numeric_limits<std::size_t>::max();
    }
  };
  std::array<Count, row_fault_count> counts_;
  std::size_t rows_ = 0;
};

/// True for files that are sound in another form.
bool can_be_imported(RowFault fault) {
  switch (fault) {
    case RowFault::seconds:
    case RowFault::microseconds:
    case RowFault::nanoseconds:
    case RowFault::time:
    case RowFault::order:
    case RowFault::columns:
      return true;
    default:
      return false;
  }
}

std::string import_advice(fs::path const& path) {
  auto const folder = path.has_parent_path() ? path.parent_path().string() : ".";
  return fmt::format("Move it to another folder, and convert it with `moneta import {} --to {}`?",
                     path.filename().string(), folder);
}

std::size_t read_header(LineReader& reader, fs::path const& path) {
  std::string_view line;
  bool const any = reader.next(line);
  auto const columns = any ? columns_of_header(line) : std::nullopt;
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // byte order mark
  MONETA_REQUIRE(columns, data, "'{}' line 1 is {} (a header '{}[,value]' is needed). {}",
                 path.string(), any ? quoted_cell(line) : "missing", header,
                 any ? import_advice(path) : "Fetch the coin again?");
  return *columns;
}

/// Parses all rows of a file. Returns those that are valid on their own, in the order of the file.
CandleRows read_rows(LineReader& reader, std::size_t columns, std::size_t file_bytes,
                     OpenPrice open, BadRowCounts& bad) {
  // Rows in gzip have 13 to 20 bytes.
  constexpr std::size_t few_row_bytes = 10, most_reserved = 4'000'000;
  CandleRows rows;
  // Only what is used takes memory; to grow step by step would copy all rows several times.
  auto const expected = std::min(file_bytes / few_row_bytes, most_reserved);
  rows.candles.reserve(expected);
  rows.lines.reserve(expected);
  std::size_t empty_lines = 0;  // since the last row
  std::string_view line;
  while (reader.next(line)) {
    if (line.empty()) {
      ++empty_lines;
      continue;
    }
    for (auto at = reader.line_number() - empty_lines; empty_lines > 0; --empty_lines, ++at) {
      bad.add(RowFault::empty, at, [] { return "the line is empty"; });
    }
    Candle candle;
    if (auto const complaint = parse_row(line, columns, candle, open)) {
      bad.add(complaint->fault, reader.line_number(), [&] { return complaint->text; });
      continue;
    }
    rows.candles.push_back(candle);
    rows.lines.push_back(static_cast<std::uint32_t>(reader.line_number()));
  }
  return rows;
}

/// "Is it Korean time, taken as UTC?" for the times by which such candles are ahead.
char const* future_advice(std::int64_t ahead_s) {
  constexpr std::int64_t hour_s = 3600;
  if (ahead_s > 8 * hour_s && ahead_s <= 9 * hour_s + 10 * seconds_per_minute) {
    return "Is it Korean time taken as UTC, or is the clock of this machine wrong?";
  }
  return "Is it a local time taken as UTC, or is the clock of this machine wrong?";
}

/// Leaves out the candles of the future. Throws if the series continues into it: then all times are
/// wrong.
void remove_future(CandleRows& rows, fs::path const& path, std::int64_t now_s, BadRowCounts& bad) {
  constexpr std::int64_t longest_pause_s = 3600;
  auto const is_past = [&](Candle const& each) { return each.time_s - clock_tolerance_s <= now_s; };
  auto const first = std::partition_point(rows.candles.begin(), rows.candles.end(), is_past);
  if (first == rows.candles.end()) return;
  auto const at = static_cast<std::size_t>(first - rows.candles.begin());
  auto const ahead_s = rows.candles.back().time_s - now_s;
  bool const continues = at == 0 || first->time_s - (first - 1)->time_s <= longest_pause_s;
  MONETA_REQUIRE(
      !continues, data,
      "'{}' line {}: the last candle, at {}, is {} later than the clock of this machine ({}). {}",
      path.string(), rows.lines.back(), utc_text(rows.candles.back().time_s),
      duration_text(static_cast<double>(ahead_s)), utc_text(now_s), future_advice(ahead_s));
  for (auto row = at; row < rows.candles.size(); ++row) {
    bad.add(RowFault::future, rows.lines[row], [&] {
      return fmt::format("timestamp {} ({}) is in the future", rows.candles[row].time_s * 1000,
                         utc_text(rows.candles[row].time_s));
    });
  }
  rows.candles.resize(at);
  rows.lines.resize(at);
}

/// Throws unless the bad rows may be left out.
void check_bad_rows(BadRowCounts const& bad, std::size_t good_rows, fs::path const& path,
                    BadRows on_bad_row, double max_bad_rows) {
  if (bad.rows() == 0) return;
  auto const all = bad.rows() + good_rows;
  bool const is_few = bad.rows() < good_rows &&
                      static_cast<double>(bad.rows()) <= max_bad_rows * static_cast<double>(all);
  if (on_bad_row == BadRows::skip && is_few) return;
  auto const fault = is_few ? bad.first_fault() : bad.main_fault();
  auto const line = bad.first_line(fault);
  MONETA_REQUIRE(
      !is_few, data,
      "'{}' line {}: {} ({} of {} rows {} no valid candle). Fix the file, or set data.on_bad_row to skip?",
      path.string(), line, bad.text(fault), bad.rows(), all, bad.rows() == 1 ? "is" : "are");
  throw Error(
      ErrorKind::data,
      fmt::format(
          "'{}' line {}: {} ({} of {} rows are no valid candles, and data.max_bad_rows is {:g}). {}",
          path.string(), line, bad.text(fault), bad.rows(), all, max_bad_rows,
          can_be_imported(fault) ? import_advice(path) : "Fix the file, or fetch the coin again?"));
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

RawCandles read_candles(fs::path const& path, BadRows on_bad_row, RowLimits const& limits) {
  LineReader reader(path);
  std::size_t const columns = read_header(reader, path);
  BadRowCounts bad;
  std::error_code unknown;
  auto const file_bytes = fs::file_size(path, unknown);
  auto rows = read_rows(reader, columns, unknown ? 0 : file_bytes, limits.open, bad);
  MONETA_REQUIRE(
      !is_newest_first(rows.candles), data,
      "'{}' line {}: the candle of {} comes after that of {} (the newest candles come first). {}",
      path.string(), rows.lines[1], utc_text(rows.candles[1].time_s),
      utc_text(rows.candles[0].time_s), import_advice(path));
  order_rows(rows, [&](RowFault fault, std::size_t line, auto const& text) {
    bad.add(fault, line, text);
  });
  remove_future(rows, path, limits.now_s, bad);
  check_bad_rows(bad, rows.candles.size(), path, on_bad_row, limits.max_bad_rows);
  return {std::move(rows.candles), std::move(rows.lines), bad.rows(), bad.by_reason()};
}

}  // namespace moneta
