// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace moneta {

/// A script that makes bash complete the program's commands, options and what they take, made from
/// the program itself and the table of config keys. An argument is completed by its name: CONFIG
/// with YAML files, SETTING with keys of the config and their values, RUN with folders of
/// runs, an argument or option with a fixed set of words with these, others with files.
std::string bash_completion(CLI::App const& program);

}  // namespace moneta
