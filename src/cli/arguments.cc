// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "config/load.h"

namespace moneta {

Config ConfigArguments::load() const { return load_config(path, overrides); }

void add_config_arguments(CLI::App& command, ConfigArguments& arguments) {
  command.add_option("CONFIG", arguments.path, "YAML file; configs/README.md lists every key")
      ->required();
  command.add_option("SETTING", arguments.overrides,
                     "key=value, which replaces a key of the file: model.hidden=512");
}

}  // namespace moneta
