// SPDX-License-Identifier: Apache-2.0
#include "import/read_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"

namespace moneta {
namespace {

constexpr double no_volume = std::numeric_limits<double>::quiet_NaN();

char const* word_of(Role role) {
  switch (role) {
    case Role::open:
      return "open";
    case Role::high:
      return "high";
    case Role::low:
      return "low";
    case Role::close:
      return "close";
    case Role::quote_volume:
      return "quote volume";
    default:
      return "volume";
  }
}

class RowReader {
 public:
  RowReader(TextTable const& table, std::string const& name, Reading const& reading)
      : table_(table),
        name_(name),
        reading_(reading),
        market_(column_of(reading.roles, Role::market)),
        confirm_(column_of(reading.roles, Role::confirm)),
        volumes_{column_of(reading.roles, Role::volume),
                 column_of(reading.roles, Role::other_volume),
                 column_of(reading.roles, Role::quote_volume)} {
    constexpr std::array<Role, 4> roles = {Role::open, Role::high, Role::low, Role::close};
    for (std::size_t i = 0; i < roles.size(); ++i) prices_[i] = *column_of(reading.roles, roles[i]);
    if (!market_) note_market({});
  }

  bool read(TableRow const& row) {
    MONETA_REQUIRE(
        row.cells.size() == reading_.roles.size(), data,
        "'{}' {}: {} cells instead of {} (the row is not complete). Is the file damaged, or was its download cut off?",
        name_, table_.place_text(row.place), row.cells.size(), reading_.roles.size());
    RawRow raw;
    raw.place = static_cast<std::uint32_t>(row.place);
    if (market_) note_market(row.cells[*market_]);
    raw.market = current_market_;
    raw.time_ms = time_of(row);
    if (is_empty(row)) {
      ++result_.empty_rows[current_market_];
      return true;
    }
    for (std::size_t i = 0; i < prices_.size(); ++i) raw.prices[i] = number_of(row, prices_[i]);
    raw.volume = volume_of(row, volumes_[0]);
    raw.other_volume = volume_of(row, volumes_[1]);
    raw.quote_volume = volume_of(row, volumes_[2]);
    if (confirm_ && is_unfinished(row.cells[*confirm_])) {
      ++result_.unfinished_rows[current_market_];
      return true;
    }
    result_.rows.push_back(raw);
    return true;
  }

  RawRows take() { return std::move(result_); }

 private:
  static bool is_unfinished(std::string_view cell) {
    return cell == "0" || cell == "false" || cell == "False";
  }

  std::int64_t time_of(TableRow const& row) {
    std::string_view const cell = row.cells[reading_.time_column];
    auto const time = parse_time(cell, reading_.date_order);
    MONETA_REQUIRE(
        time, data,
        "'{}' {}: '{}' is no time from 2009 to 2100 (each candle needs one). Is the file damaged, or the column another one (--columns)?",
        name_, table_.place_text(row.place), sanitized(cell, 40));
    if (time->form != reading_.time_form && result_.changed_unit_at == 0) {
      MONETA_REQUIRE(is_number(time->form) == is_number(reading_.time_form), data,
                     "'{}' {}: '{}' is another form of time than in the rows before it. Are two "
                     "files joined?",
                     name_, table_.place_text(row.place), sanitized(cell, 40));
      if (is_number(time->form)) result_.changed_unit_at = row.place;
    }
    bool const needs_zone = time->form == TimeForm::without_zone || time->form == TimeForm::day;
    if (!needs_zone) return time->time_ms;
    MONETA_REQUIRE(
        reading_.utc_offset_minutes, config,
        "'{}' {}: '{}' has no zone. Give --time-zone, for example --time-zone +00:00 for UTC?",
        name_, table_.place_text(row.place), sanitized(cell, 40));
    return time->time_ms - *reading_.utc_offset_minutes * ms_per_minute;
  }

  /// A minute without a trade: no prices, or zeros in place of all numbers.
  bool is_empty(TableRow const& row) const {
    bool const is_blank = std::all_of(prices_.begin(), prices_.end(), [&](std::size_t column) {
      return is_missing(row.cells[column]);
    });
    if (is_blank) return true;
    if (!row.cells[prices_[0]].starts_with('0')) return false;
    auto const is_zero = [&](std::size_t column) {
      return parse_number(row.cells[column]).value_or(1) == 0;
    };
    return std::all_of(prices_.begin(), prices_.end(), is_zero) &&
           (!volumes_[0] || is_zero(*volumes_[0]) || is_missing(row.cells[*volumes_[0]]));
  }

  double number_of(TableRow const& row, std::size_t column) const {
    auto const number = parse_number(row.cells[column]);
    if (number) return *number;
    throw Error(ErrorKind::data,
                fmt::format("'{}' {}: {} '{}' is not a number (the row is no candle). Is the file "
                            "damaged, or the column another one (--columns)?",
                            name_, table_.place_text(row.place), word_of(reading_.roles[column]),
                            sanitized(row.cells[column], 40)));
  }

  double volume_of(TableRow const& row, std::optional<std::size_t> column) const {
    if (!column || is_missing(row.cells[*column])) return no_volume;
    return number_of(row, *column);
  }

  void note_market(std::string_view market) {
    auto& markets = result_.markets;
    if (!markets.empty() && markets[current_market_] == market) return;
    auto const known = std::find(markets.begin(), markets.end(), market);
    current_market_ = static_cast<std::uint32_t>(known - markets.begin());
    if (known != markets.end()) return;
    constexpr std::size_t most_markets = 1000;
    MONETA_REQUIRE(markets.size() < most_markets, data,
                   "'{}' has rows of more than {} markets. Is the column with the symbol another "
                   "one?",
                   name_, most_markets);
    markets.emplace_back(market);
    result_.empty_rows.push_back(0);
    result_.unfinished_rows.push_back(0);
  }

  TextTable const& table_;
  std::string const& name_;
  Reading const& reading_;
  std::array<std::size_t, 4> prices_{};
  std::optional<std::size_t> market_, confirm_;
  std::array<std::optional<std::size_t>, 3> volumes_;
  std::uint32_t current_market_ = 0;
  RawRows result_;
};

}  // namespace

RawRows read_rows(TextTable const& table, std::string const& name, Reading const& reading) {
  RowReader reader(table, name, reading);
  table.visit_rows([&](TableRow const& row) { return reader.read(row); });
  return reader.take();
}

}  // namespace moneta
