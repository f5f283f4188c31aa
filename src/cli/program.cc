// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include "base/error.h"

namespace moneta {
namespace {

constexpr char const* description =
    "Moneta trains one forecaster per coin on minute candles, many coins over many devices.";
constexpr char const* footer =
    "Start with:\n"
    "  moneta synth configs/quickstart.yaml && moneta prepare configs/quickstart.yaml\n"
    "  mpirun -np 2 moneta train configs/quickstart.yaml\n"
    "  moneta evaluate runs/quickstart\n"
    "Exit status: 0 done, 2 wrong usage or config, 3 bad data, 4 a coin failed in training,\n"
    "5 device, 6 disk, 75 stopped on request and saved (start again to go on).";

}  // namespace

std::unique_ptr<CLI::App> make_program(Command& chosen) {
  auto program = std::make_unique<CLI::App>(description, "moneta");
  program->footer(footer);
  program->require_subcommand(1);
  program->set_version_flag("--version", "moneta " MONETA_VERSION);
  for (auto* add : {add_synth, add_prepare, add_plan, add_train, add_status, add_evaluate,
                    add_inspect, add_completion}) {
    add(*program, chosen);
  }
  return program;
}

void refuse_unknown_command(CLI::App const& program) {
  if (!program.get_subcommands().empty()) return;
  for (std::string const& word : program.remaining()) {
    MONETA_REQUIRE(word.starts_with('-'), config,
                   "there is no command '{}'. `moneta --help` lists all", word);
  }
}

}  // namespace moneta
