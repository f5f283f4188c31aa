// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "base/stop_signal.h"
#include "cli/commands.h"
#include "comm/session.h"
#include "train/run.h"

namespace moneta {
namespace {

void say_how_it_ended(int status, Config const& config) {
  std::string const run = config.run.folder + "/" + config.run.name;
  if (status == 0) log_info("the run lies in '" + run + "'. Next: moneta evaluate " + run);
  if (status == exit_stopped) log_info("stopped and saved in '" + run + "'. Start again to go on");
  if (status == static_cast<int>(ErrorKind::training)) {
    log_error("at least one coin failed; the others are done. See '" + run + "/log/'");
  }
  if (status == static_cast<int>(ErrorKind::disk)) {
    log_error(
        "the latest checkpoints could not be saved. Make room and start again: it goes on "
        "from the ones before. See '" +
        run + "/log/'");
  }
}

int train(ConfigArguments const& arguments) {
  catch_stop_signals();
  MpiSession session;
  try {
    Config config;
    session.collective([&] { config = arguments.load(); });
    int const status = run_training(session, config);
    if (session.rank() == 0) say_how_it_ended(status, config);
    return status;
  } catch (SharedError const& error) {
    if (session.rank() == 0) log_error(error.what());
    return error.exit_status();
  } catch (std::exception const& failure) {
    // The others do not know and would wait for this rank: end the job for all.
    Error const error = as_error(failure);
    log_error(fmt::format("rank {}: {}", session.rank(), error.what()));
    session.abort(error.exit_status());
  }
}

}  // namespace

void add_train(CLI::App& program, Command& chosen) {
  CLI::App* const command = program.add_subcommand(
      "train",
      "the main job: trains, or goes on with, the coins of a config; start it with mpirun");
  command->footer(
      "Example:\n  mpirun -np 2 moneta train configs/upbit8.yaml model.hidden=512\n"
      "SIGUSR1 to mpirun makes all ranks finish the update, save and exit with status 75;\n"
      "launch/train.sh makes Ctrl-C do the same.");
  auto const arguments = std::make_shared<ConfigArguments>();
  add_config_arguments(*command, *arguments);
  command->callback([arguments, &chosen] { chosen = [arguments] { return train(*arguments); }; });
}

}  // namespace moneta
