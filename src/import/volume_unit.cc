// SPDX-License-Identifier: Apache-2.0
#include "import/volume_unit.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace moneta {
namespace {

/// True if quote / base is a price of the bar; volumes are rounded, so that it may lie a little
/// outside low to high.
bool fits(RawRow const& row, double base, double quote) {
  constexpr double tolerance = 0.05;
  double const price = quote / base;
  return price >= row.prices[2] * (1 - tolerance) && price <= row.prices[1] * (1 + tolerance);
}

using Volume = double RawRow::*;

/// Rows in which both volumes are positive, and in how many of them one is the other's value.
struct Agreement {
  std::size_t rows = 0;
  std::size_t as_named = 0;   ///< only the second is in the quote currency
  std::size_t swapped = 0;    ///< only the first is
  std::size_t either = 0;     ///< both fit, at a price near 1
  std::size_t contracts = 0;  ///< the first counts contracts of 10 or 100 units of the quote

  bool confirms(std::size_t count) const { return rows > 0 && 10 * (count + either) >= 9 * rows; }
};

Agreement compare(std::span<RawRow const> rows, Volume base, Volume quote) {
  Agreement agreement;
  for (RawRow const& row : rows) {
    double const a = row.*base;
    double const b = row.*quote;
    if (!(a > 0) || !(b > 0)) continue;
    ++agreement.rows;
    bool const named = fits(row, a, b);
    bool const swapped = fits(row, b, a);
    if (named && swapped) ++agreement.either;
    if (named && !swapped) ++agreement.as_named;
    if (!named && swapped) ++agreement.swapped;
    if (fits(row, b, a * 10) || fits(row, b, a * 100)) ++agreement.contracts;
  }
  return agreement;
}

bool has(std::span<RawRow const> rows, Volume volume) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](RawRow const& row) { return !std::isnan(row.*volume); });
}

/// Takes the other volume as the base volume.
void take(std::span<RawRow> rows, Volume other) {
  for (RawRow& row : rows) {
    if (!std::isnan(row.*other)) row.volume = row.*other;
  }
}

void divide_by_close(std::span<RawRow> rows, Volume quote) {
  for (RawRow& row : rows) row.volume = row.*quote / row.prices[3];
}

/// Of the volume and a quote volume. Returns false if they say nothing about each other.
bool resolve_pair(std::span<RawRow> rows, Volume quote, std::vector<std::string>& decisions) {
  Agreement const found = compare(rows, &RawRow::volume, quote);
  if (found.confirms(found.as_named)) {
    decisions.push_back(fmt::format(
        "The volume is in the base coin: the other volume divided by it is a price of the bar in {} of {} rows.",
        found.as_named + found.either, found.rows));
    if (found.swapped == 0) return true;
  } else if (found.confirms(found.swapped)) {
    decisions.push_back(fmt::format(
        "The first of the two volumes is in the quote currency, so the second one is read: the first divided by it is a price of the bar in {} of {} rows.",
        found.swapped + found.either, found.rows));
    if (found.as_named == 0) {
      take(rows, quote);
      return true;
    }
  } else if (found.confirms(found.contracts)) {
    decisions.push_back(
        "The first of the two volumes counts contracts of a fixed number of units of the quote currency, so the second one, in the base coin, is read.");
    take(rows, quote);
    return true;
  } else if (!found.confirms(found.as_named + found.swapped)) {
    return false;
  }
  bool const mostly_swapped = found.swapped > found.as_named;
  std::size_t const exchanged = mostly_swapped ? found.as_named : found.swapped;
  for (RawRow& row : rows) {
    double const a = row.volume;
    double const b = row.*quote;
    if (!(a > 0) || !(b > 0)) continue;
    bool const named = fits(row, a, b);
    bool const swapped = fits(row, b, a);
    if (named == swapped ? mostly_swapped : swapped) row.volume = b;
  }
  decisions.push_back(fmt::format(
      "The two volumes have changed places in {} of {} rows, where only the other one makes a price of the bar; there the other one is read.",
      exchanged, found.rows));
  return true;
}

/// Of the volumes of OKX: contracts or coins, coins or the quote currency, and the quote currency.
bool resolve_other(std::span<RawRow> rows, std::vector<std::string>& decisions) {
  Agreement const first = compare(rows, &RawRow::volume, &RawRow::quote_volume);
  Agreement const other = compare(rows, &RawRow::other_volume, &RawRow::quote_volume);
  if (first.confirms(first.as_named)) {
    decisions.push_back(fmt::format(
        "The volume is in the base coin: the quote volume divided by it is a price of the bar in {} of {} rows.",
        first.as_named + first.either, first.rows));
    return true;
  }
  if (!other.confirms(other.as_named)) return false;
  take(rows, &RawRow::other_volume);
  decisions.push_back(fmt::format(
      "The first volume counts contracts, so the second one, in the base coin, is read: the quote volume divided by it is a price of the bar in {} of {} rows.",
      other.as_named + other.either, other.rows));
  return true;
}

/// A file of mark or index prices has bars that move without a volume.
void refuse_prices_without_trades(std::span<RawRow const> rows, std::string const& name) {
  std::size_t moving = 0;
  for (RawRow const& row : rows) {
    if (row.volume > 0) return;
    if (row.prices[1] > row.prices[2]) ++moving;
  }
  constexpr std::size_t least_moving = 3;
  MONETA_REQUIRE(
      moving < least_moving, data,
      "'{}' contains no volume although the price moves inside {} of {} bars (mark, index and funding prices are like that; they are not trades). Import the candles of the market itself?",
      name, moving, rows.size());
}

void require_volumes(std::span<RawRow const> rows, TextTable const& table,
                     std::string const& name) {
  for (RawRow const& row : rows) {
    MONETA_REQUIRE(
        !std::isnan(row.volume), data,
        "'{}' {}: the volume is missing although there are prices (a candle has both). Is the file damaged, or the column another one (--columns)?",
        name, table.place_text(row.place));
  }
}

}  // namespace

void resolve_volume(std::span<RawRow> rows, TextTable const& table, std::string const& name,
                    Reading const& reading, std::vector<std::string>& decisions) {
  bool const has_volume = has(rows, &RawRow::volume);
  bool const has_quote = has(rows, &RawRow::quote_volume);
  if (reading.volume_is_quote || (!has_volume && has_quote)) {
    divide_by_close(rows, has_volume ? &RawRow::volume : &RawRow::quote_volume);
    decisions.push_back(
        "The volume is in the quote currency, so it is divided by the close, which is an estimate.");
  } else if (has(rows, &RawRow::other_volume)) {
    bool const known = has_quote ? resolve_other(rows, decisions)
                                 : resolve_pair(rows, &RawRow::other_volume, decisions);
    if (!known && reading.other_volume_is_base) {
      take(rows, &RawRow::other_volume);
      decisions.push_back("The first volume counts contracts, so the second one is read.");
    }
  } else if (has_quote && !resolve_pair(rows, &RawRow::quote_volume, decisions) &&
             compare(rows, &RawRow::volume, &RawRow::quote_volume).rows > 0) {
    decisions.push_back(
        "The volume is read as in the base coin by its name; the column for the quote currency neither confirms nor contradicts it.");
  }
  require_volumes(rows, table, name);
  refuse_prices_without_trades(rows, name);
}

}  // namespace moneta
