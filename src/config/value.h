// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace moneta {

struct ValueEntry;

/// What a configuration file says before anyone knows what it means: YAML and JSON both end here.
struct Value {
  enum class Kind {
    nothing,  ///< null, or no value at all
    plain,    ///< YAML without quotes: a number, a boolean or a text, as the key wants it
    text,     ///< in quotes
    literal,  ///< a JSON number or boolean
    list,
    map,
  };

  Kind kind = Kind::nothing;
  std::string text;  ///< of plain, text and literal
  std::vector<Value> items;
  std::vector<ValueEntry> entries;  ///< in the order of the file, keys unique
  std::string place;                ///< "configs/x.yaml:12": the start of an error text
};

struct ValueEntry {
  std::string key;
  std::string place;
  Value value;
};

/// For error texts: 'many', "12" in quotes, nothing, a list, a map.
std::string sanitized(Value const& value);

/// Text in single quotes, shortened, control characters replaced.
std::string quoted(std::string const& text);

/// The same tree from JSON; `origin` is the place of all of it.
Value value_from_json(Json const& json, std::string const& origin);

}  // namespace moneta
