// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/config.h"
#include "config/value.h"

namespace moneta {

/// One key of the configuration, with everything that loading, writing, comparing, completion and
/// the documentation need to know about it.
struct ConfigKey {
  std::string name;                  ///< "model.hidden"
  std::string range;                 ///< the values it accepts, in words
  std::vector<std::string> choices;  ///< the words it accepts, if it accepts nothing else
  bool immutable;                    ///< must not change when a run is resumed
  bool secret;                       ///< a URL of which messages show only scheme and host
  /// Throws Error (config) if the key does not accept the value.
  std::function<void(Config&, Value const&)> set;
  std::function<Json(Config const&)> get;
};

/// Every key, in the order of the structs in config/config.h.
std::vector<ConfigKey> const& config_keys();

/// The key with this name, or null.
ConfigKey const* find_key(std::string const& name);

/// True if `name` is a section, which contains keys: "model", "train.optimizer". "" is the section
/// of the whole configuration.
bool is_section(std::string const& name);

}  // namespace moneta
