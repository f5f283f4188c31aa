// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "import/read_rows.h"
#include "import/read_source.h"
#include "import/sample.h"

namespace moneta {

/// Reads the form and the meaning of the columns from their names, and chooses the column of the
/// time. Throws Error (config) that names --columns if a price or the volume has no column, and
/// what choose_time_column throws.
void read_header(TextTable const& table, Sample const& sample, std::string const& name,
                 ImportOptions const& options, Reading& reading);

}  // namespace moneta
