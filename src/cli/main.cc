// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "base/error.h"
#include "base/log.h"
#include "cli/commands.h"

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

int run(int count, char** words) {
  CLI::App program{description, "moneta"};
  program.footer(footer);
  program.require_subcommand(1);
  program.set_version_flag("--version", "moneta " MONETA_VERSION);
  Command chosen;
  for (auto* add : {add_synth, add_prepare, add_plan, add_train, add_evaluate, add_inspect}) {
    add(program, chosen);
  }
  try {
    program.parse(count, words);
  } catch (CLI::ParseError const& wrong) {
    int const status = program.exit(wrong);
    return status == 0 ? 0 : static_cast<int>(ErrorKind::config);
  }
  return chosen();
}

}  // namespace
}  // namespace moneta

int main(int count, char** words) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error of one write
  try {
    return moneta::run(count, words);
  } catch (moneta::Error const& error) {
    moneta::log_error(error.what());
    return error.exit_status();
  } catch (std::bad_alloc const&) {
    moneta::log_error(moneta::out_of_memory_text);
    return static_cast<int>(moneta::ErrorKind::device);
  } catch (std::exception const& error) {
    moneta::log_error(moneta::cat("internal error: ", error.what()));
    return static_cast<int>(moneta::ErrorKind::internal);
  }
}
