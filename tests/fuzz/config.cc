// SPDX-License-Identifier: Apache-2.0
// A configuration in YAML and, after a line of "%%", overrides key=value, one per line.
#include "config/load.h"

#include <sstream>

#include "fuzz/target.h"
#include "support/scratch_folder.h"

namespace moneta::fuzz {

void try_bytes(std::string_view bytes) {
  auto const parts = sections(bytes);
  auto const path = scratch() / "run.yaml";
  write_bytes(path, parts[0]);
  Config config;
  if (!accepts(ErrorKind::config, "run.yaml", [&] { config = load_config(path); })) {
    // Test the overrides with an empty file.
    write_bytes(path, "");
    config = load_config(path);
  }
  if (parts.size() > 1) {
    std::vector<std::string> overrides;
    std::istringstream lines(parts[1]);
    for (std::string line; std::getline(lines, line);) overrides.push_back(line);
    accepts(ErrorKind::config, "", [&] { config = load_config(path, overrides); });
  }
  Json const json = Json::parse(config_to_json(config).dump());
  auto const again = config_from_json(json, "config.json");
  expect(compare_configs(config, again).empty(),
         "a configuration is equal after it was stored in config.json");
}

}  // namespace moneta::fuzz
