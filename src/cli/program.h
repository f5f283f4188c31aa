// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"

namespace moneta {

/// The program `moneta` with all its commands; parsing makes `chosen` the work of the one given.
std::unique_ptr<CLI::App> make_program(Command& chosen);

}  // namespace moneta
