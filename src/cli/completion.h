// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/program.h"

namespace moneta {

enum class CandidateKind { words, files };

/// What a shell offers for the word at the cursor.
struct Completion {
  CandidateKind kind = CandidateKind::words;  ///< files: the shell quotes them and marks folders
  std::vector<std::string> candidates;        ///< replacements of the whole word
};

/// Completes the last of `words`, the words after the name of the program up to the cursor, with
/// their shell quotes. If bash has broken words at "=", they are joined here, and the candidates
/// replace only the part after it. A value is completed by its name: CONFIG with YAML files,
/// SETTING with configuration keys and their values, RUN with folders of runs, FILE with files.
Completion complete(CommandDescription const& program, std::vector<std::string> const& words);

/// The output of `moneta __complete`: the kind, then one candidate per line.
std::string to_text(Completion const& completion);

/// A script for bash or zsh that completes the command line of moneta with `moneta __complete`.
std::string completion_script(std::string const& shell);

}  // namespace moneta
