// SPDX-License-Identifier: Apache-2.0
#include "import/time_column.h"

#include "base/error.h"
#include "base/text.h"
#include "import/utc_offset.h"

namespace moneta {
namespace {

/// A column that may be the time of the rows.
struct Candidate {
  std::size_t column = 0;
  TimeForm form = TimeForm::milliseconds;
  bool is_end = false;     ///< by its name, or by times such as 00:00:59.999
  bool on_minutes = true;  ///< or just before one
  std::optional<std::int64_t> named_zone;

  int rank() const {
    int const by_form = is_number(form)                  ? 40
                        : form == TimeForm::with_zone    ? 30
                        : named_zone.has_value()         ? 20
                        : form == TimeForm::without_zone ? 10
                                                         : 5;
    return by_form + (is_end ? 0 : 100) + (on_minutes ? 1000 : 0);
  }
};

std::string column_text(TextTable const& table, std::size_t column) {
  if (column < table.header.size() && !table.header[column].empty()) {
    return fmt::format("'{}'", sanitized(table.header[column], 40));
  }
  return fmt::format("column {}", column + 1);
}

/// Times at most a second before a minute are the last moments of bars.
bool is_just_before_minute(std::int64_t time_ms) { return time_ms % ms_per_minute >= 59'000; }

std::optional<Candidate> examine(TextTable const& table, Sample const& sample,
                                 std::vector<Role> const& roles, std::size_t column) {
  Candidate candidate;
  candidate.column = column;
  bool on_minute = true;
  bool before_minute = true;
  bool is_first = true;
  bool const is_time = sample.nearly_all(column, [&](std::string_view cell) {
    auto const time = parse_time(cell);
    // The order of day and month is not known yet.
    if (!time) return parse_slash_date(cell) && parse_time(cell, DateOrder::day_first).has_value();
    if (is_first) candidate.form = time->form;
    is_first = false;
    on_minute = on_minute && time->time_ms % ms_per_minute == 0;
    before_minute = before_minute && is_just_before_minute(time->time_ms);
    return true;
  });
  if (!is_time) return std::nullopt;
  if (is_first) candidate.form = TimeForm::without_zone;
  candidate.is_end = roles[column] == Role::close_time || (before_minute && !on_minute);
  candidate.on_minutes = on_minute || before_minute;
  if (column < table.header.size()) {
    candidate.named_zone = role_of_name(table.header[column]).utc_offset_minutes;
  }
  return candidate;
}

bool is_time_role(Role role) {
  return role == Role::time || role == Role::close_time || role == Role::index_or_time;
}

/// Reads all rows until one tells days from months. Nothing if no date is written with slashes.
std::optional<DateOrder> order_of_dates(TextTable const& table, std::string const& name,
                                        std::size_t column) {
  std::optional<DateOrder> order;
  bool has_slashes = false;
  std::string first_cell;
  table.visit_rows([&](TableRow const& row) {
    if (row.cells.size() <= column) return true;
    auto const date = parse_slash_date(row.cells[column]);
    if (!date) return has_slashes || is_missing(row.cells[column]);
    if (!has_slashes) first_cell = row.cells[column];
    has_slashes = true;
    if (date->first > 12) order = DateOrder::day_first;
    if (date->second > 12) order = DateOrder::month_first;
    return !order.has_value();
  });
  MONETA_REQUIRE(
      order || !has_slashes, data,
      "'{}': it is not certain whether '{}' begins with the month or the day (no date in the file has a number above 12 there). Write dates as 2024-01-05, or add a row of a later day?",
      name, sanitized(first_cell, 40));
  return order;
}

/// The times of a column that a spreadsheet rounded cannot be read. Another column needs a word of
/// the user, because nothing in the file shows that its times are right.
void refuse_rounded_times(TextTable const& table, Sample const& sample, std::string const& name,
                          std::vector<Role> const& roles, Candidate const* other) {
  for (std::size_t column = 0; column < roles.size(); ++column) {
    if (!is_time_role(roles[column]) || !sample.nearly_all(column, is_rounded_time)) continue;
    std::string_view const cell = sample.rows.front()[column];
    MONETA_REQUIRE(
        other != nullptr, data,
        "'{}': the times in {} were rounded by a spreadsheet to numbers like '{}' (their minutes are lost). Export the file again without opening it in a spreadsheet?",
        name, column_text(table, column), sanitized(cell, 40));
    throw Error(
        ErrorKind::config,
        fmt::format(
            "'{}': the times in {} were rounded by a spreadsheet to numbers like '{}' (their minutes are lost). To read the times in {} instead, give their zone, for example --time-zone +00:00?",
            name, column_text(table, column), sanitized(cell, 40),
            column_text(table, other->column)));
  }
}

}  // namespace

void choose_time_column(TextTable const& table, Sample const& sample, std::string const& name,
                        ImportOptions const& options, Reading& reading) {
  std::optional<Candidate> best;
  for (std::size_t column = 0; column < reading.roles.size(); ++column) {
    if (!is_time_role(reading.roles[column])) continue;
    auto const candidate = examine(table, sample, reading.roles, column);
    if (candidate && (!best || candidate->rank() > best->rank())) best = candidate;
  }
  bool const needs_zone = best && !is_number(best->form) && best->form != TimeForm::with_zone;
  if (!best || (needs_zone && !options.utc_offset_minutes && options.columns.empty())) {
    refuse_rounded_times(table, sample, name, reading.roles, best ? &*best : nullptr);
  }
  MONETA_REQUIRE(
      best, data,
      "'{}': no column has times of the years 2009 to 2100 (candles need one; the first row is '{}'). Is it a file of candles, or do its columns need --columns?",
      name, sample.rows.empty() ? "" : sanitized(joined(sample.rows.front(), ","), 100));
  reading.time_column = best->column;
  reading.time_form = best->form;
  if (auto const order = order_of_dates(table, name, best->column)) {
    reading.date_order = *order;
    reading.decisions.push_back(*order == DateOrder::month_first ? "Dates begin with the month."
                                                                 : "Dates begin with the day.");
  }
  if (best->is_end && !reading.time_is_end) {
    reading.time_is_end = true;
    reading.decisions.push_back(
        fmt::format("The times in {} are the ends of the bars; a bar starts its length before.",
                    column_text(table, best->column)));
  }
  if (!needs_zone) return;
  if (options.utc_offset_minutes) {
    reading.utc_offset_minutes = options.utc_offset_minutes;
    reading.decisions.push_back(
        fmt::format("Times without a zone are at UTC{}, as --time-zone says.",
                    utc_offset_text(*options.utc_offset_minutes)));
  } else if (best->named_zone) {
    reading.utc_offset_minutes = best->named_zone;
    reading.decisions.push_back(fmt::format("Times are at UTC{}, as the name of {} says.",
                                            utc_offset_text(*best->named_zone),
                                            column_text(table, best->column)));
  } else if (best->form == TimeForm::day) {
    reading.utc_offset_minutes = 0;
    reading.decisions.push_back("Dates without a time of day are days in UTC.");
  }
}

void require_zone(TextTable const& table, Sample const& sample, std::string const& name,
                  Reading const& reading) {
  bool const needs_zone = reading.time_form == TimeForm::without_zone;
  MONETA_REQUIRE(
      !needs_zone || reading.utc_offset_minutes, config,
      "'{}': the times in {} state no zone ('{}'), and nothing in the file says which it is (pyupbit and pybithumb write Korean time, ccxt and most others UTC). Give --time-zone +00:00 for UTC or --time-zone +09:00 for Korean time?",
      name, column_text(table, reading.time_column),
      sanitized(sample.rows.front()[reading.time_column], 40));
}

}  // namespace moneta
