// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/config.h"
#include "config/value.h"

namespace moneta {

/// One key of the configuration: all that loading, writing, comparing and the documentation need.
struct ConfigKey {
  std::string name;                  ///< "model.hidden"
  std::string says;                  ///< the values it takes, in words
  std::vector<std::string> choices;  ///< the words it takes, where it takes nothing else
  bool identity;                     ///< a resumed run may not change it
  bool secret;                       ///< messages show only scheme and host of its URL
  /// Throws Error (config) if the value does not fit.
  std::function<void(Config&, Value const&)> set;
  std::function<Json(Config const&)> get;
};

/// Every key, in the order of the structs.
std::vector<ConfigKey> const& config_keys();

/// The key of this name, or null.
ConfigKey const* find_key(std::string const& name);

/// Whether `name` holds keys: "model", "train.optimizer"; "" is the whole configuration.
bool is_section(std::string const& name);

/// "(there are model.dropout, model.hidden)": what may stand in a section.
std::string keys_in(std::string const& section);

/// "(did you mean model.hidden?)" for a name that is no key, or what may stand in its section.
std::string key_hint(std::string const& unknown);

}  // namespace moneta
