// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace moneta {

/// A parsed command line.
struct CommandLine {
  /// Carries out the command and returns the exit status; empty if there is only text to print.
  std::function<int()> command;
  std::string text;     ///< the requested help or version, or the description of a usage error
  int exit_status = 0;  ///< not 0: `text` is a usage error and belongs on standard error
};

/// Parses the words after the name of the program; runs nothing. Throws Error (config) if the word
/// in the position of the command is not a command.
CommandLine parse_command_line(std::vector<std::string> words);

/// An option or a positional argument of a command.
struct ArgumentDescription {
  std::vector<std::string> names;    ///< "--ranks", "-r"; empty for a positional argument
  std::string value;                 ///< name of the value, such as "CONFIG"; empty for a flag
  std::vector<std::string> choices;  ///< the accepted words, if there are no others
  bool repeats = false;
  std::string description;
};

/// A command, or the program itself.
struct CommandDescription {
  std::string name;
  std::string description;
  std::string footer;  ///< examples, which --help prints last
  std::string help;    ///< the output of --help
  std::vector<ArgumentDescription> arguments;
  std::vector<CommandDescription> commands;
};

/// The program with all its commands, for shell completion and tests.
CommandDescription describe_program();

}  // namespace moneta
