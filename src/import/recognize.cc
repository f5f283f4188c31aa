// SPDX-License-Identifier: Apache-2.0
#include "import/recognize.h"

#include <algorithm>
#include <cmath>

#include "import/array_form.h"
#include "import/header_form.h"
#include "import/refuse_table.h"
#include "import/sample.h"
#include "import/time_column.h"

namespace moneta {
namespace {

/// The length of the bars by a column that states it, or by the end of the first bar; 0 if neither.
std::int64_t stated_minutes(Sample const& sample, Reading const& reading) {
  if (sample.rows.empty()) return 0;
  auto const& row = sample.rows.front();
  if (auto const unit = column_of(reading.roles, Role::unit)) {
    double const minutes = parse_number(row[*unit]).value_or(0);
    constexpr double longest = 44'640;  // a month
    return minutes >= 1 && minutes <= longest ? static_cast<std::int64_t>(minutes) : 0;
  }
  auto const end = column_of(reading.roles, Role::close_time);
  if (!end || *end == reading.time_column) return 0;
  auto const start_time = parse_time(row[reading.time_column], reading.date_order);
  auto const end_time = parse_time(row[*end], reading.date_order);
  if (!start_time || !end_time || is_number(start_time->form) != is_number(end_time->form))
    return 0;
  std::int64_t const length_ms = end_time->time_ms - start_time->time_ms;
  // The end is the last millisecond of the bar, or the start of the next one.
  std::int64_t const minutes = (length_ms + 1000) / ms_per_minute;
  return std::abs(length_ms - minutes * ms_per_minute) <= 1000 ? std::max<std::int64_t>(minutes, 0)
                                                               : 0;
}

}  // namespace

Reading recognize(TextTable const& table, std::string const& name, ImportOptions const& options) {
  Sample const sample(table);
  Reading reading;
  if (!options.columns.empty()) {
    reading.form = table.is_json ? "columns as given (JSON)" : "columns as given (CSV)";
    reading.roles = roles_of_option(options.columns, table.columns, name);
    choose_time_column(table, sample, name, options, reading);
  } else {
    refuse_other_tables(table, name);
    if (table.header.empty()) {
      read_arrays(table, sample, name, reading);
      choose_time_column(table, sample, name, options, reading);
    } else {
      read_header(table, sample, name, options, reading);
    }
  }
  reading.bar_minutes = stated_minutes(sample, reading);
  require_zone(table, sample, name, reading);
  return reading;
}

}  // namespace moneta
