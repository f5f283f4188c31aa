// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"

namespace moneta {

struct ValueEntry;

/// A node of a configuration file, read from YAML or JSON and not yet interpreted.
struct Value {
  enum class Kind {
    null,     ///< null, or no value at all
    plain,    ///< an unquoted YAML scalar: a number, a boolean or a string, depending on the key
    quoted,   ///< a quoted YAML scalar or a JSON string
    literal,  ///< a JSON number or boolean
    list,
    map,
  };

  Kind kind = Kind::null;
  std::string text;  ///< of a scalar
  std::vector<Value> items;
  std::vector<ValueEntry> entries;  ///< in the order of the file, with unique keys
  std::string location;             ///< "configs/x.yaml:12", with which an error text starts
};

struct ValueEntry {
  std::string key;
  std::string location;
  Value value;
};

/// A value as error texts show it: 'many', "12" (a quoted string), null, a list, a map.
std::string describe_value(Value const& value);

/// Text in single quotes, shortened, with control characters replaced.
std::string quoted(std::string const& text);

/// Converts JSON to the same tree; every node has the location `origin`.
Value value_from_json(Json const& json, std::string const& origin);

}  // namespace moneta
