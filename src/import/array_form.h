// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "import/read_rows.h"
#include "import/sample.h"

namespace moneta {

/// Reads the form and the meaning of columns without names: those of a reply from what is around
/// its rows, others from their number and their numbers. Throws Error (data) for rows of trades,
/// Error (config) that names --columns if the columns are not known.
void read_arrays(TextTable const& table, Sample const& sample, std::string const& name,
                 Reading& reading);

}  // namespace moneta
