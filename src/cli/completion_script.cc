// SPDX-License-Identifier: Apache-2.0
#include "cli/completion_script.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "config/keys.h"

namespace moneta {
namespace {

/// What does not depend on the program. `words` are those before the cursor; bash breaks them at
/// "=", if COMP_WORDBREAKS has it, and then completes the part behind it alone.
constexpr char const* frame = R"(
# The words of $1 that begin like the one at the cursor, or like what stands behind its "=".
_moneta_words() {
  local IFS=$' \t\n' before= rest=$cur
  if [[ $cur == *=* ]]; then
    rest=${cur#*=}
    [[ $COMP_WORDBREAKS == *=* ]] || before=${cur%%=*}=
  fi
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "$rest")
}

# Files that match one of the patterns, and folders to look into.
_moneta_files() {
  local pattern
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(
    {
      for pattern in "$@"; do compgen -f -X "!$pattern" -- "$cur"; done
      compgen -d -- "$cur"
    } | sort -u
  )
}

# Folders of runs; where there is none, folders to look into.
_moneta_runs() {
  local folder runs=() others=() start=("$cur")
  compopt -o filenames 2>/dev/null
  [ -n "$cur" ] || start+=(runs/)
  for start in "${start[@]}"; do
    for folder in "$start"*/; do
      folder=${folder%/}
      if [ -e "$folder/status.json" ] || [ -e "$folder/config.json" ] ||
        [ -e "$folder/checkpoints/index.json" ]; then
        runs+=("$folder")
      elif [ -d "$folder" ]; then
        others+=("$folder")
      fi
    done
  done
  if [ ${#runs[@]} -gt 0 ]; then COMPREPLY=("${runs[@]}"); else COMPREPLY=("${others[@]}"); fi
}

_moneta_setting() {
  local values=
  if [[ $cur == *=* ]]; then
    _moneta_values "${cur%%=*}"
    _moneta_words "$values"
  else
    _moneta_words "$_moneta_keys"
    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
  fi
}

# Completes what $1 stands for: CONFIG, SETTING, RUN, a file, or "words: a b c".
_moneta_kind() {
  case $1 in
    CONFIG) _moneta_files '*.yaml' '*.yml' ;;
    SETTING) _moneta_setting ;;
    RUN) _moneta_runs ;;
    words:*) _moneta_words "${1#words:}" ;;
    '') ;;
    *) _moneta_files '*' ;;
  esac
}

_moneta() {
  local i word words=() cur command= option= kind= position=0 options= arguments=() repeats=
  COMPREPLY=()
  for ((i = 1; i <= COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]-}
    if [ ${#words[@]} -gt 0 ] && [[ $word == = || ${COMP_WORDS[i - 1]} == = ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  cur=${words[-1]-}
  for word in "${words[@]:0:${#words[@]}-1}"; do
    if [ -n "$option" ]; then
      option=
    elif [[ $word == -* ]]; then
      _moneta_option "$command" "${word%%=*}"
      [[ -z $kind || $word == *=* ]] || option=$word
    elif [ -z "$command" ]; then
      command=$word
    else
      position=$((position + 1))
    fi
  done
  _moneta_command "$command"
  if [ -n "$option" ]; then
    _moneta_kind "$kind"
  elif [[ $cur == -*=* ]]; then
    _moneta_option "$command" "${cur%%=*}"
    if [[ $kind == words:* ]]; then _moneta_kind "$kind"; fi
  elif [[ $cur == -* ]]; then
    _moneta_words "$options"
  elif [ -z "$command" ]; then
    _moneta_words "$_moneta_commands"
  elif [ ${#arguments[@]} -gt 0 ]; then
    # Of some commands the last argument may be given again and again.
    [[ -z $repeats || $position -lt ${#arguments[@]} ]] || position=$((${#arguments[@]} - 1))
    _moneta_kind "${arguments[position]-}"
  fi
}
complete -F _moneta moneta
)";

std::vector<CLI::App const*> commands_of(CLI::App const& program) {
  return program.get_subcommands([](CLI::App const*) { return true; });
}

/// The words of a fixed set, from how CLI11 describes one: "TEXT:{best,last}".
std::string fixed_words(CLI::Option const& option) {
  std::string const type = option.get_type_name();
  std::size_t const begin = type.find('{');
  std::size_t const end = type.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) return "";
  std::string words = type.substr(begin + 1, end - begin - 1);
  std::replace(words.begin(), words.end(), ',', ' ');
  return words;
}

bool takes_value(CLI::Option const& option) { return option.get_items_expected_max() > 0; }

/// What completes the value of an option or an argument.
std::string kind_of(CLI::Option const& option, std::string const& name) {
  std::string const words = fixed_words(option);
  if (!words.empty()) return "words:" + words;
  if (option.get_type_name().starts_with("UINT")) return "words:";  // a number
  return name;
}

std::string single_quoted(std::string const& text) { return "'" + text + "'"; }

std::vector<std::string> names_of(CLI::Option const& option) {
  std::vector<std::string> names;
  for (std::string const& name : option.get_lnames()) names.push_back("--" + name);
  for (std::string const& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

/// The case of one command: its options, and its arguments in their order.
std::string command_case(CLI::App const& command, std::string const& name) {
  std::string options, arguments;
  bool repeats = false;
  for (CLI::Option const* const option : command.get_options()) {
    for (std::string const& each : names_of(*option))
      options += (options.empty() ? "" : " ") + each;
    if (!option->get_positional()) continue;
    arguments +=
        (arguments.empty() ? "" : " ") + single_quoted(kind_of(*option, option->get_name(true)));
    repeats = option->get_items_expected_max() > 1;
  }
  return fmt::format("    {}) options={} arguments=({}) repeats={} ;;\n", name,
                     single_quoted(options), arguments, repeats ? "yes" : "");
}

std::string option_cases(CLI::App const& command) {
  std::string text;
  for (CLI::Option const* const option : command.get_options()) {
    if (option->get_positional() || !takes_value(*option)) continue;
    for (std::string const& name : names_of(*option)) {
      text += fmt::format("    {}/{}) kind={} ;;\n", command.get_name(), name,
                          single_quoted(kind_of(*option, "FILE")));
    }
  }
  return text;
}

}  // namespace

std::string bash_completion(CLI::App const& program) {
  std::string names, commands, options, keys, values;
  for (CLI::App const* const command : commands_of(program)) {
    names += (names.empty() ? "" : " ") + command->get_name();
    commands += command_case(*command, command->get_name());
    options += option_cases(*command);
  }
  for (ConfigKey const& key : config_keys()) {
    keys += (keys.empty() ? "" : " ") + key.name + '=';
    if (key.choices.empty()) continue;
    std::string words;
    for (std::string const& word : key.choices) words += (words.empty() ? "" : " ") + word;
    values += fmt::format("    {}) values={} ;;\n", key.name, single_quoted(words));
  }
  return fmt::format(
      "# Completion of moneta for bash: source <(moneta completion bash)\n_moneta_commands={}\n_moneta_keys={}\n\n# Sets options, arguments and repeats of the command $1.\n_moneta_command() {{\n  case $1 in\n{}{}  esac\n}}\n\n# Sets what the option $2 of the command $1 takes.\n_moneta_option() {{\n  kind=\n  case $1/$2 in\n{}  esac\n}}\n\n# Sets the values that the config key $1 takes.\n_moneta_values() {{\n  case $1 in\n{}  esac\n}}\n{}",
      single_quoted(names), single_quoted(keys), command_case(program, "''"), commands, options,
      values, frame);
}

}  // namespace moneta
