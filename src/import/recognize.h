// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "import/read_rows.h"
#include "import/read_source.h"
#include "import/text_table.h"

namespace moneta {

/// Finds out how a table is to be read: its form, the meaning of its columns, which column is the
/// time, and the zone. Throws Error (data) if it is no table of candles or of no known form, Error
/// (config) that names the option if the content leaves a choice.
Reading recognize(TextTable const& table, std::string const& name, ImportOptions const& options);

}  // namespace moneta
