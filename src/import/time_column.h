// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "import/read_rows.h"
#include "import/read_source.h"
#include "import/sample.h"

namespace moneta {

/// Chooses the column of Role::time, index_or_time or close_time from which times are read, and
/// sets time_column, time_form, date_order, time_is_end and, if the name of the column or
/// --time-zone states it, utc_offset_minutes. Numbers of time come before text with a zone, that
/// before text without; a column whose times are not on minutes, such as that of the last trade, is
/// not taken. Throws Error (data) if there is no column of times, Error (config) if times were
/// rounded by a spreadsheet and only an option can say how to read the other column.
void choose_time_column(TextTable const& table, Sample const& sample, std::string const& name,
                        ImportOptions const& options, Reading& reading);

/// Throws Error (config) that names --time-zone if the times need a zone and none is known.
void require_zone(TextTable const& table, Sample const& sample, std::string const& name,
                  Reading const& reading);

}  // namespace moneta
