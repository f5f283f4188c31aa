// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "config/keys.h"
#include "run/run_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

constexpr char const* bash_script =
    R"(# Completion of moneta for bash: source <(moneta completion bash)
_moneta() {
  local answer
  mapfile -t answer < <(
    "${1/#\~/$HOME}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null
  )
  COMPREPLY=("${answer[@]:1}")
  if [[ ${answer[0]-} == files ]]; then
    compopt -o filenames 2>/dev/null
  elif [[ ${COMPREPLY[0]-} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F _moneta moneta
)";

constexpr char const* zsh_script = R"(#compdef moneta
# Completion of moneta for zsh: source <(moneta completion zsh), after compinit.
_moneta() {
  local -a answer folders others keys
  local each
  answer=("${(@f)$("${~words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for each in "${(@)answer[2,-1]}"; do
    if [[ $each == *= ]]; then keys+=("$each")
    elif [[ $answer[1] == files && -d ${each/#\~\//$HOME/} ]]; then folders+=("$each")
    else others+=("$each")
    fi
  done
  (( ! $#folders )) || compadd -f -q -S / -- "${(@)folders}"
  (( ! $#keys )) || compadd -S '' -- "${(@)keys}"
  (( ! $#others )) || compadd -- "${(@)others}"
}
if [[ $funcstack[1] == _moneta ]]; then _moneta "$@"; else compdef _moneta moneta; fi
)";

/// The word that a shell makes of a quoted one; an open quote ends at the end of the word.
std::string without_quotes(std::string const& raw) {
  std::string word;
  char quote = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && quote != '\'' && i + 1 < raw.size()) {
      word += raw[++i];
    } else if (quote == 0 && (raw[i] == '\'' || raw[i] == '"')) {
      quote = raw[i];
    } else if (raw[i] == quote) {
      quote = 0;
    } else {
      word += raw[i];
    }
  }
  return word;
}

/// The words of a command line. Bash breaks `a=b` into `a`, `=` and `b`.
struct Words {
  std::vector<std::string> before;  ///< those before the cursor
  std::string current;
  bool broken = false;  ///< whether `current` was broken
};

Words join(std::vector<std::string> const& raw) {
  Words words;
  std::vector<std::string> joined;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    words.broken = !joined.empty() && (raw[i] == "=" || raw[i - 1] == "=");
    if (words.broken) {
      joined.back() += without_quotes(raw[i]);
    } else {
      joined.push_back(without_quotes(raw[i]));
    }
  }
  if (joined.empty()) return words;
  words.current = joined.back();
  joined.pop_back();
  words.before = std::move(joined);
  return words;
}

std::string before_equals(std::string const& word) { return word.substr(0, word.find('=')); }

/// The option of this name, or null.
ArgumentDescription const* find_option(CommandDescription const& command, std::string const& name) {
  for (ArgumentDescription const& each : command.arguments) {
    if (std::find(each.names.begin(), each.names.end(), name) != each.names.end()) return &each;
  }
  return nullptr;
}

/// The positional argument at `position`, or null; the last one may repeat.
ArgumentDescription const* find_positional(CommandDescription const& command,
                                           std::size_t position) {
  ArgumentDescription const* last = nullptr;
  for (ArgumentDescription const& each : command.arguments) {
    if (!each.names.empty()) continue;
    last = &each;
    if (position-- == 0) return last;
  }
  return last != nullptr && last->repeats ? last : nullptr;
}

std::vector<std::string> option_names(CommandDescription const& command) {
  std::vector<std::string> names;
  for (ArgumentDescription const& each : command.arguments) {
    names.insert(names.end(), each.names.begin(), each.names.end());
  }
  return names;
}

std::vector<std::string> command_names(CommandDescription const& program) {
  std::vector<std::string> names;
  for (CommandDescription const& each : program.commands) names.push_back(each.name);
  return names;
}

bool is_run(fs::path const& folder) {
  RunFolder const run(folder);
  std::error_code ignored;
  return fs::exists(run.config(), ignored) || fs::exists(folder / "status.json", ignored) ||
         fs::exists(run.checkpoints() / "index.json", ignored);
}

/// Completes the word at the cursor.
class Completer {
 public:
  explicit Completer(Words words) : words_(std::move(words)) {}

  Completion run(CommandDescription const& program) {
    CommandDescription const* command = &program;
    ArgumentDescription const* pending = nullptr;  // an option whose value comes next
    std::size_t position = 0;
    for (std::string const& word : words_.before) {
      if (pending != nullptr) {
        pending = nullptr;
      } else if (word.starts_with('-')) {
        auto const* const option = find_option(*command, before_equals(word));
        bool const has_value = word.find('=') != std::string::npos;
        if (option != nullptr && !option->value.empty() && !has_value) pending = option;
      } else if (command == &program) {
        command = find_command(program, word);
        if (command == nullptr) return {};
      } else {
        ++position;
      }
    }
    if (pending != nullptr) return value(*pending);
    if (words_.current.starts_with('-')) return option(*command);
    if (command == &program) return matching(command_names(program));
    auto const* const argument = find_positional(*command, position);
    return argument == nullptr ? Completion{} : value(*argument);
  }

 private:
  static CommandDescription const* find_command(CommandDescription const& program,
                                                std::string const& name) {
    for (CommandDescription const& each : program.commands) {
      if (each.name == name) return &each;
    }
    return nullptr;
  }

  /// Those of `words` that begin like the current word, or like the part after its "=".
  Completion matching(std::vector<std::string> const& words) const {
    std::string const& current = words_.current;
    std::size_t const equals = current.find('=');
    std::size_t const start = equals == std::string::npos ? 0 : equals + 1;
    Completion found;
    for (std::string const& word : words) {
      if (!word.starts_with(current.substr(start))) continue;
      found.candidates.push_back((words_.broken ? "" : current.substr(0, start)) + word);
    }
    return found;
  }

  Completion option(CommandDescription const& command) const {
    if (words_.current.find('=') == std::string::npos) return matching(option_names(command));
    auto const* const option = find_option(command, before_equals(words_.current));
    return option == nullptr ? Completion{} : matching(option->choices);
  }

  Completion value(ArgumentDescription const& argument) const {
    if (!argument.choices.empty()) return matching(argument.choices);
    if (argument.value == "CONFIG") {
      return files([](fs::path const& file) {
        return file.extension() == ".yaml" || file.extension() == ".yml";
      });
    }
    if (argument.value == "SETTING") return setting();
    if (argument.value == "RUN") return runs();
    if (argument.value == "NUMBER" || argument.value == "TEXT") return {};
    return files([](fs::path const&) { return true; });
  }

  Completion setting() const {
    std::vector<std::string> keys;
    for (ConfigKey const& key : config_keys()) {
      if (words_.current.find('=') == std::string::npos) {
        keys.push_back(key.name + '=');
      } else if (key.name == before_equals(words_.current)) {
        return matching(key.choices);
      }
    }
    return matching(keys);
  }

  /// An entry of a folder, as the word that names it and as a path.
  struct Entry {
    std::string word;
    fs::path path;
  };

  /// Entries whose name begins like `word`, in order; hidden ones only if its dot is there.
  static std::vector<Entry> entries(std::string const& word) {
    std::size_t const slash = word.rfind('/');
    std::string const folder = slash == std::string::npos ? "" : word.substr(0, slash + 1);
    std::string const name = word.substr(folder.size());
    char const* const home = std::getenv("HOME");
    fs::path const path =
        home != nullptr && folder.starts_with("~/") ? home + folder.substr(1) : folder;
    std::vector<Entry> found;
    std::error_code error;
    for (auto const& each : fs::directory_iterator(path.empty() ? "." : path, error)) {
      std::string const entry = each.path().filename().string();
      bool const hidden = entry.starts_with('.') && !name.starts_with('.');
      if (entry.starts_with(name) && !hidden) found.push_back({folder + entry, each.path()});
    }
    std::sort(found.begin(), found.end(),
              [](Entry const& a, Entry const& b) { return a.word < b.word; });
    return found;
  }

  static bool is_folder(fs::path const& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
  }

  /// Files that `wanted` accepts, and folders that may contain some.
  template <class Wanted>
  Completion files(Wanted wanted) const {
    Completion found{CandidateKind::files, {}};
    for (Entry const& each : entries(words_.current)) {
      if (is_folder(each.path) || wanted(each.path)) found.candidates.push_back(each.word);
    }
    return found;
  }

  /// Folders of runs; if there are none, folders that may contain some.
  Completion runs() const {
    Completion runs{CandidateKind::files, {}}, others = runs;
    std::vector<Entry> candidates = entries(words_.current);
    if (words_.current.empty()) {
      auto const usual = entries("runs/");
      candidates.insert(candidates.end(), usual.begin(), usual.end());
    }
    for (Entry const& each : candidates) {
      if (!is_folder(each.path)) continue;
      (is_run(each.path) ? runs : others).candidates.push_back(each.word);
    }
    return runs.candidates.empty() ? others : runs;
  }

  Words words_;
};

}  // namespace

Completion complete(CommandDescription const& program, std::vector<std::string> const& words) {
  return Completer(join(words)).run(program);
}

std::string to_text(Completion const& completion) {
  std::string text = completion.kind == CandidateKind::files ? "files\n" : "words\n";
  for (std::string const& each : completion.candidates) text += each + '\n';
  return text;
}

std::string completion_script(std::string const& shell) {
  return shell == "zsh" ? zsh_script : bash_script;
}

}  // namespace moneta
