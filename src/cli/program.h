// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"

namespace moneta {

/// The program `moneta` with all its commands; parsing makes `chosen` the work of the one given.
std::unique_ptr<CLI::App> make_program(Command& chosen);

/// After a failed parse: throws Error (config) that names the word which should have been a
/// command, if there was one.
void refuse_unknown_command(CLI::App const& program);

}  // namespace moneta
