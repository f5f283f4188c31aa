// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace moneta {

/// "(valid keys: model.dropout, model.hidden)": the keys and sections directly in a section.
std::string list_keys_in(std::string const& section);

/// A hint for a name that is not a key: "(did you mean model.hidden?)", or the keys of its section
/// if no key is similar.
std::string key_hint(std::string const& unknown);

}  // namespace moneta
