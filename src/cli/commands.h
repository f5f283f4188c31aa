// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config.h"

namespace CLI {
class App;
}

namespace moneta {

/// What a parsed command line asks for; returns the exit status.
using Command = std::function<int()>;

/// Each adds its command to the program; when the command is given, `chosen` becomes its work.
void add_synth(CLI::App& program, Command& chosen);
void add_prepare(CLI::App& program, Command& chosen);
void add_plan(CLI::App& program, Command& chosen);
void add_train(CLI::App& program, Command& chosen);
void add_status(CLI::App& program, Command& chosen);
void add_evaluate(CLI::App& program, Command& chosen);
void add_inspect(CLI::App& program, Command& chosen);
void add_completion(CLI::App& program, Command& chosen);

/// CONFIG [key=value ...], which most commands take.
struct ConfigArguments {
  std::string path;
  std::vector<std::string> overrides;

  Config load() const;
};

/// Adds these arguments to a command; they are filled in when it is given.
void add_config_arguments(CLI::App& command, ConfigArguments& arguments);

}  // namespace moneta
