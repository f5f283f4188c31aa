// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "import/text_table.h"

namespace moneta {

/// Splits a CSV text: comma, semicolon, tab or bar between the cells; lines that end in LF, CR LF,
/// CR CR LF or CR; and lines before the header. `text` must outlive the table.
/// Throws Error (data) if there are no rows.
std::unique_ptr<TextTable> make_csv_table(std::string_view text, std::string const& name);

}  // namespace moneta
