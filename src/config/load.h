// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/config.h"

namespace moneta {

/// Reads a YAML file on top of the defaults, then applies the overrides `key=value` in order
/// (`model.hidden=512`, `coins=[KRW-BTC]`). Parsing is strict: an unknown or duplicate key, a wrong
/// type or a value out of range throws Error (config) with the file, the line, the key and the most
/// similar key. Relative paths in the file are relative to the current folder.
Config load_config(std::filesystem::path const& path, std::span<std::string const> overrides = {});

/// A top-level key that load_config and config_from_json ignore: config.json stores the version of
/// the program that wrote it there, and can still be used as a configuration.
inline constexpr char const* version_key = "moneta";

/// Every key with its value, nested and in the order of the structs; a run stores it as
/// config.json.
Json config_to_json(Config const& config);

/// The inverse of config_to_json, as strict as load_config. Errors start with `origin`.
Config config_from_json(Json const& json, std::string const& origin);

/// One key whose value differs between two configurations.
struct ConfigDifference {
  std::string key;  ///< "model.hidden"
  std::string was, is;
  bool immutable;  ///< must not change when a run is resumed
};

/// The keys whose values differ, in the order of the structs. configs/README.md marks the immutable
/// keys, which determine the data, the model and the sequences of an update.
std::vector<ConfigDifference> compare_configs(Config const& was, Config const& is);

}  // namespace moneta
