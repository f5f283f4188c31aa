// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "import/text_table.h"

namespace moneta {

/// Finds the rows in a JSON text: an array of arrays or objects, alone or inside the objects of a
/// reply. Throws Error (data) if there are none, with the message if the reply is an error.
std::unique_ptr<TextTable> make_json_table(std::string_view text, std::string const& name);

}  // namespace moneta
