// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/config.h"

namespace moneta {

/// Reads a YAML file over the defaults, then applies `key=value` overrides in their order
/// (`model.hidden=512`, `coins=[KRW-BTC]`). Strict: an unknown or duplicate key, a wrong type or
/// a value out of range throws Error (config) that names file, line, key and the nearest valid
/// key. Relative paths in the file are relative to the current folder.
Config load_config(std::filesystem::path const& path, std::span<std::string const> overrides = {});

/// Every key with its value, in the order of the struct: what a run keeps as config.json.
Json config_to_json(Config const& config);

/// The inverse of config_to_json, as strict as load_config; `origin` is named in errors.
Config config_from_json(Json const& json, std::string const& origin);

/// One key whose value differs between two configurations.
struct ConfigDifference {
  std::string key;  ///< "model.hidden"
  std::string was, is;
  bool identity;  ///< a resumed run may not change it
};

/// Keys whose values differ, in the order of the struct. Identity keys (design section 10):
/// run.seed, coins, model.*, data.* but for the two folders, train.batch, train.accumulate,
/// train.loss, train.huber_delta.
std::vector<ConfigDifference> compare_configs(Config const& was, Config const& is);

}  // namespace moneta
