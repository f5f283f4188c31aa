// SPDX-License-Identifier: Apache-2.0
#include "market/order_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/time.h"

namespace moneta {
namespace {

std::string time_text(Candle const& candle) {
  return fmt::format("timestamp {} ({})", candle.time_s * 1000, utc_text(candle.time_s));
}

/// The length of a longest series that ends with each row and whose times do not decrease.
std::vector<std::uint32_t> series_lengths(std::vector<Candle> const& candles) {
  std::vector<std::int64_t> earliest;  // the earliest last time of a series of i + 1 rows
  std::vector<std::uint32_t> lengths;
  for (auto const& candle : candles) {
    auto const at = std::upper_bound(earliest.begin(), earliest.end(), candle.time_s);
    lengths.push_back(static_cast<std::uint32_t>(at - earliest.begin()) + 1);
    if (at == earliest.end()) {
      earliest.push_back(candle.time_s);
    } else {
      *at = candle.time_s;
    }
  }
  return lengths;
}

/// Marks the rows of a longest series whose times do not decrease. Of several such series it is one
/// that covers little time: it ends as early as possible, and before each row comes the latest that
/// can.
std::vector<bool> longest_series(std::vector<Candle> const& candles) {
  auto const lengths = series_lengths(candles);
  auto const longest = *std::max_element(lengths.begin(), lengths.end());
  std::vector<std::size_t> rows(candles.size()), begins(longest + 2);
  for (auto const length : lengths) ++begins[length + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  auto next = begins;
  for (std::size_t row = 0; row < candles.size(); ++row) rows[next[lengths[row]]++] = row;

  std::vector<bool> is_kept(candles.size());
  auto row = rows[begins[longest + 1] - 1];
  for (auto length = longest;; --length) {
    is_kept[row] = true;
    if (length == 1) return is_kept;
    // The times of the rows with the same length decrease.
    auto at = begins[length - 1];
    while (candles[rows[at]].time_s > candles[row].time_s) ++at;
    row = rows[at];
  }
}

/// True if `later`, which comes later in the file, is to replace `earlier` of the same minute.
bool is_more_complete(Candle const& later, Candle const& earlier) {
  if (later.volume != earlier.volume) return later.volume > earlier.volume;
  return later.high - later.low >= earlier.high - earlier.low;
}

/// Puts the more complete of two candles of a minute into `kept` and reports the other.
void merge(CandleRows& kept, std::size_t at, Candle const& candle, std::uint32_t line,
           OnBadRow const& on_bad_row) {
  bool const is_later = line > kept.lines[at];
  Candle const& later = is_later ? candle : kept.candles[at];
  Candle const& earlier = is_later ? kept.candles[at] : candle;
  bool const replaces = is_later == is_more_complete(later, earlier);
  auto const left_out = replaces ? kept.lines[at] : line;
  auto const stays = replaces ? line : kept.lines[at];
  on_bad_row(RowFault::repeated, left_out, [&] {
    return fmt::format("{} is repeated (line {} has the same minute)", time_text(candle), stays);
  });
  if (!replaces) return;
  kept.candles[at] = candle;
  kept.lines[at] = line;
}

/// The kept row of this time, or the first one after it.
std::size_t find_time(CandleRows const& kept, std::int64_t time_s) {
  auto const found = std::lower_bound(
      kept.candles.begin(), kept.candles.end(), time_s,
      [](Candle const& candle, std::int64_t time) { return candle.time_s < time; });
  return static_cast<std::size_t>(found - kept.candles.begin());
}

/// Says between which times of the rows around it a row does not fit.
std::string misfit_text(CandleRows const& rows, std::vector<bool> const& is_kept, std::size_t row) {
  auto const time_s = rows.candles[row].time_s;
  for (std::size_t other = row; other-- > 0;) {
    if (!is_kept[other]) continue;
    if (rows.candles[other].time_s > time_s) {
      return fmt::format("{} comes after {}", time_text(rows.candles[row]),
                         utc_text(rows.candles[other].time_s));
    }
    break;
  }
  std::size_t next = row;
  while (next + 1 < rows.candles.size() && !is_kept[next]) ++next;
  return fmt::format("{} comes before {}", time_text(rows.candles[row]),
                     utc_text(rows.candles[next].time_s));
}

}  // namespace

bool is_newest_first(std::vector<Candle> const& candles) {
  std::size_t falls = 0;
  for (std::size_t i = 1; i < candles.size(); ++i) {
    if (candles[i].time_s < candles[i - 1].time_s) ++falls;
  }
  return candles.size() >= 3 && falls * 2 > candles.size() - 1;
}

void order_rows(CandleRows& rows, OnBadRow const& on_bad_row) {
  bool const is_ordered = std::adjacent_find(rows.candles.begin(), rows.candles.end(),
                                             [](auto const& a, auto const& b) {
                                               return a.time_s >= b.time_s;
                                             }) == rows.candles.end();
  if (is_ordered) return;
  auto const is_kept = longest_series(rows.candles);
  CandleRows kept;
  for (std::size_t row = 0; row < rows.candles.size(); ++row) {
    if (!is_kept[row]) continue;
    auto const& candle = rows.candles[row];
    if (!kept.candles.empty() && kept.candles.back().time_s == candle.time_s) {
      merge(kept, kept.candles.size() - 1, candle, rows.lines[row], on_bad_row);
      continue;
    }
    kept.candles.push_back(candle);
    kept.lines.push_back(rows.lines[row]);
  }
  for (std::size_t row = 0; row < rows.candles.size(); ++row) {
    if (is_kept[row]) continue;
    auto const& candle = rows.candles[row];
    auto const at = find_time(kept, candle.time_s);
    if (at < kept.candles.size() && kept.candles[at].time_s == candle.time_s) {
      merge(kept, at, candle, rows.lines[row], on_bad_row);
      continue;
    }
    on_bad_row(RowFault::order, rows.lines[row], [&] { return misfit_text(rows, is_kept, row); });
  }
  rows = std::move(kept);
}

}  // namespace moneta
