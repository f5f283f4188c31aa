// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "config/load.h"

namespace moneta {

Config ConfigOptions::load() const { return load_config(path, overrides); }

namespace {

constexpr char const* description =
    "Moneta trains one forecaster per coin on minute candles, many coins over many devices.";
constexpr char const* footer =
    "Start with:\n"
    "  moneta synth configs/quickstart.yaml && moneta prepare configs/quickstart.yaml\n"
    "  mpirun -np 2 moneta train configs/quickstart.yaml\n"
    "  moneta evaluate runs/quickstart\n"
    "Exit status: 0 done, 2 wrong usage or config, 3 bad data, 4 a coin failed in training,\n"
    "5 device, 6 disk, 75 stopped on request and saved (start again to resume).";

using Work = std::function<int()>;

/// Adds a command whose options are an `Options`; when it is given, `chosen` becomes
/// `run(options)`. Returns the options, which parsing fills in.
template <class Options>
std::shared_ptr<Options> on_parsed(CLI::App& command, Work& chosen, int (*run)(Options const&)) {
  auto options = std::make_shared<Options>();
  command.callback([options, run, &chosen] { chosen = [=] { return run(*options); }; });
  return options;
}

void add_config_options(CLI::App& command, ConfigOptions& options) {
  command.add_option("CONFIG", options.path, "YAML file; configs/README.md lists every key")
      ->required();
  command.add_option("SETTING", options.overrides,
                     "key=value, which replaces a key of the file: model.hidden=512");
}

void add_run_folder(CLI::App& command, std::string& run) {
  command.add_option("RUN", run, "folder of a run, for example runs/upbit8")->required();
}

void add_synth(CLI::App& program, Work& chosen) {
  CLI::App* const command = program.add_subcommand(
      "synth", "write an artificial market (raw candles with a planted, learnable signal)");
  command->footer("Example:\n  moneta synth configs/quickstart.yaml synth.signal_r2=0.2");
  add_config_options(*command, *on_parsed(*command, chosen, synth_command));
}

void add_import(CLI::App& program, Work& chosen) {
  CLI::App* const command = program.add_subcommand(
      "import", "files of candles from exchanges and other tools -> raw candles");
  command->footer(
      "Example:\n  moneta import ~/Downloads/BTCUSDT-1m-2024-01.zip klines/ --to data/raw\n"
      "A folder of raw candles may be imported again and again: what is there remains.\n"
      "Exit status: 0 all was imported, 3 a source was not, or stored candles differ.");
  auto const options = on_parsed(*command, chosen, import_command);
  command
      ->add_option("SOURCE", options->sources,
                   "files (.csv, .json, .gz, .zip), and folders with such files")
      ->required();
  command->add_option("--to", options->folder, "folder of the raw candles")->required();
  command->add_option("--coin", options->coin, "the coin of all sources, for example KRW-BTC")
      ->type_name("NAME");
  command
      ->add_option("--time-zone", options->time_zone,
                   "of times without a zone: an offset such as +09:00, UTC or KST")
      ->type_name("OFFSET");
  command
      ->add_option("--columns", options->columns,
                   "what the columns are: timestamp,open,high,low,close,volume; - is none of them")
      ->type_name("LIST");
  command->add_flag("--any-interval", options->any_interval,
                    "also bars longer than a minute, which go to files of their own");
  command->add_flag("--replace", options->replace,
                    "candles of the sources replace stored ones that differ");
}

void add_fetch(CLI::App& program, Work& chosen) {
  CLI::App* const command = program.add_subcommand(
      "fetch", "download the candles that are missing from an exchange (Upbit or Binance)");
  command->footer(
      "Example:\n  moneta fetch configs/upbit8.yaml data.days=90\n"
      "Ctrl-C stops it with status 75; the next start continues. Status 3: a coin failed, and the\n"
      "others are complete.");
  add_config_options(*command, *on_parsed(*command, chosen, fetch_command));
}

void add_prepare(CLI::App& program, Work& chosen) {
  CLI::App* const command = program.add_subcommand(
      "prepare", "raw candles -> 23 features -> HDF5 sequence shards (only what has changed)");
  command->footer(
      "Example:\n  moneta prepare configs/upbit8.yaml data.days=90\n"
      "A coin whose candles are wrong is named at the end, with exit status 3; the others are\n"
      "prepared.");
  auto const options = on_parsed(*command, chosen, prepare_command);
  add_config_options(*command, *options);
  command->add_flag("--replace", options->replace,
                    "replace shards that were prepared with other settings");
}

void add_plan(CLI::App& program, Work& chosen) {
  CLI::App* const command = program.add_subcommand(
      "plan", "what would run where, and the memory it needs; allocates and writes nothing");
  command->footer(
      "Example:\n  moneta plan configs/upbit8.yaml --ranks 2 model.hidden=512\n"
      "For a GPU that this machine does not have:\n"
      "  moneta plan configs/upbit8.yaml device.kind=cuda device.memory_limit_mib=12288");
  auto const options = on_parsed(*command, chosen, plan_command);
  add_config_options(*command, *options);
  command
      ->add_option("--ranks", options->ranks,
                   "processes of mpirun, all on this machine; the default is 2")
      ->check(CLI::Range(std::size_t{1}, std::size_t{4096}));
}

void add_train(CLI::App& program, Work& chosen) {
  CLI::App* const command = program.add_subcommand(
      "train", "train the coins of a config, or resume their training; start it with mpirun");
  command->footer(
      "Example:\n  mpirun -np 2 moneta train configs/upbit8.yaml model.hidden=512\n"
      "SIGUSR1 to mpirun makes all ranks finish the update, save and exit with status 75;\n"
      "launch/train.sh makes Ctrl-C and a lost terminal do the same.");
  add_config_options(*command, *on_parsed(*command, chosen, train_command));
}

void add_status(CLI::App& program, Work& chosen) {
  CLI::App* const command = program.add_subcommand(
      "status", "the state of a run: running or not, progress, devices and latest events");
  command->footer(
      "Example:\n  moneta status runs/upbit8 --watch\n"
      "From any terminal, and any machine that shares the folder.\n"
      "Exit status: 0 running, finished or stopped, 3 there is no run, 4 a coin or the run failed\n"
      "or was killed.");
  auto const options = on_parsed(*command, chosen, status_command);
  add_run_folder(*command, options->run);
  auto* const watch = command->add_flag_callback(
      "--watch", [options] { options->output = StatusOutput::watch; },
      "refresh every 2 s until the run ends or Ctrl-C is pressed");
  command
      ->add_flag_callback(
          "--json", [options] { options->output = StatusOutput::json; },
          "for programs: status.json with a verdict")
      ->excludes(watch);
}

void add_evaluate(CLI::App& program, Work& chosen) {
  CLI::App* const command =
      program.add_subcommand("evaluate", "metrics of a run on the test split, and its predictions");
  command->footer("Example:\n  moneta evaluate runs/upbit8 --checkpoint last");
  auto const options = on_parsed(*command, chosen, evaluate_command);
  add_run_folder(*command, options->run);
  command
      ->add_option("--checkpoint", options->checkpoint,
                   "best (lowest validation loss) or last; the default is best")
      ->check(CLI::IsMember({"best", "last"}));
  command->add_option("--shards", options->shards,
                      "folder of the shards, if it is not where the run was trained on them");
}

void add_inspect(CLI::App& program, Work& chosen) {
  CLI::App* const command = program.add_subcommand(
      "inspect",
      "the content of a shard or a checkpoint and whether it is valid, or the data of a folder");
  command->footer("Example:\n  moneta inspect data/shards/KRW-BTC/2025-01.h5");
  auto const file = on_parsed(*command, chosen, inspect_command);
  command
      ->add_option("FILE", *file,
                   "a shard (.h5), a checkpoint (.safetensors), or a folder of shards")
      ->required();
}

int completion_command(std::string const& shell) {
  std::fputs(completion_script(shell).c_str(), stdout);
  return 0;
}

void add_completion(CLI::App& program, Work& chosen) {
  CLI::App* const command =
      program.add_subcommand("completion", "a script that makes a shell complete the command line");
  command->footer(
      "Example:\n  source <(moneta completion bash)\n"
      "Zsh, after compinit:\n  source <(moneta completion zsh)");
  auto const shell = on_parsed(*command, chosen, completion_command);
  command->add_option("SHELL", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
}

std::unique_ptr<CLI::App> make_program(Work& chosen) {
  auto program = std::make_unique<CLI::App>(description, "moneta");
  program->footer(footer);
  program->require_subcommand(1);
  program->set_version_flag("--version", "moneta " + version_text());
  for (auto* add : {add_synth, add_import, add_fetch, add_prepare, add_plan, add_train, add_status,
                    add_evaluate, add_inspect, add_completion}) {
    add(*program, chosen);
  }
  return program;
}

/// After a failed parse: throws Error (config) that names the word that should be a command.
void reject_unknown_command(CLI::App const& program) {
  if (!program.get_subcommands().empty()) return;
  for (std::string const& word : program.remaining()) {
    MONETA_REQUIRE(word.starts_with('-'), config,
                   "there is no command '{}'. `moneta --help` lists all", word);
  }
}

/// The hidden command that the completion scripts call, with the words up to the cursor.
constexpr char const* complete_word = "__complete";

int print_completion(std::vector<std::string> const& words) {
  std::fputs(to_text(complete(describe_program(), words)).c_str(), stdout);
  return 0;
}

/// The words of a fixed set, from CLI11's description of one: "TEXT:{best,last}".
std::vector<std::string> choices_of(CLI::Option const& option) {
  std::string const type = option.get_type_name();
  std::size_t const begin = type.find('{');
  std::size_t const end = type.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  std::istringstream list(type.substr(begin + 1, end - begin - 1));
  std::vector<std::string> words;
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return words;
}

/// The name of a positional argument or of an option's value; "" for a flag.
std::string value_of(CLI::Option const& option) {
  if (option.get_positional()) return option.get_name(true);
  if (option.get_items_expected_max() == 0) return "";
  std::string const type = option.get_type_name();
  if (type.starts_with("UINT")) return "NUMBER";
  return type.starts_with("TEXT") ? "FILE" : "TEXT";  // what is no file has a type of its own
}

CommandDescription describe(CLI::App const& app) {
  CommandDescription command{
      app.get_name(), app.get_description(), app.get_footer(), app.help(), {}, {}};
  for (CLI::Option const* const option : app.get_options()) {
    ArgumentDescription argument;
    for (std::string const& name : option->get_lnames()) argument.names.push_back("--" + name);
    for (std::string const& name : option->get_snames()) argument.names.push_back("-" + name);
    argument.value = value_of(*option);
    argument.choices = choices_of(*option);
    argument.repeats = option->get_items_expected_max() > 1;
    argument.description = option->get_description();
    command.arguments.push_back(std::move(argument));
  }
  for (CLI::App const* const each : app.get_subcommands([](CLI::App const*) { return true; })) {
    command.commands.push_back(describe(*each));
  }
  return command;
}

}  // namespace

CommandLine parse_command_line(std::vector<std::string> words) {
  if (!words.empty() && words.front() == complete_word) {
    words.erase(words.begin());
    return {[words] { return print_completion(words); }, "", 0};
  }
  auto const chosen = std::make_shared<Work>();
  auto const program = make_program(*chosen);
  std::reverse(words.begin(), words.end());  // the order that CLI11 expects
  try {
    program->parse(words);
  } catch (CLI::ParseError const& error) {
    reject_unknown_command(*program);
    std::ostringstream output, errors;
    if (program->exit(error, output, errors) == 0) return {{}, output.str(), 0};
    return {{}, errors.str(), static_cast<int>(ErrorKind::config)};
  }
  return {*chosen, "", 0};
}

CommandDescription describe_program() {
  Work none;
  return describe(*make_program(none));
}

}  // namespace moneta
