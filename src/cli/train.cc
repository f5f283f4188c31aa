// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "base/log.h"
#include "base/stop_signal.h"
#include "cli/commands.h"
#include "cli/error_report.h"
#include "comm/session.h"
#include "data/ready_coins.h"
#include "train/run.h"

namespace moneta {
namespace {

void log_result(int status, Config const& config) {
  std::string const run = config.run.folder + "/" + config.run.name;
  if (status == 0) log_info(fmt::format("the run is in '{}'. Next: moneta evaluate {}", run, run));
  if (status == exit_stopped) {
    log_info(fmt::format("stopped and saved in '{}'. Start again to resume", run));
  }
  if (status == static_cast<int>(ErrorKind::training)) {
    log_error(fmt::format("at least one coin failed; the others are done. See '{}/log/'", run));
  }
  if (status == static_cast<int>(ErrorKind::disk)) {
    log_error(
        fmt::format("the latest checkpoints could not be saved. Free some space and start again: "
                    "the run resumes from the checkpoints before them. See '{}/log/'",
                    run));
  }
}

}  // namespace

int train_command(ConfigOptions const& options) {
  catch_stop_signals();
  MpiSession session;
  try {
    Config config;
    std::vector<std::string> left_out;
    session.collective([&] {
      config = options.load();
      left_out = leave_out_unready_coins(config);
    });
    if (session.rank() == 0) {
      for (auto const& sentence : left_out) log_warning(sentence);
    }
    int const status = run_training(session, config);
    if (session.rank() == 0) log_result(status, config);
    return status;
  } catch (RunFailed const& error) {
    if (session.rank() == 0) {
      log_error(final_text(error));
      log_info(fmt::format("the run ended with status {}", error.exit_status()));
    }
    return error.exit_status();
  } catch (CollectiveError const& error) {
    if (session.rank() == 0) log_error(final_text(error));
    return error.exit_status();
  } catch (std::exception const& failure) {
    // The other ranks do not know of the error and would wait for this one: end the whole job.
    Error const error = as_error(failure);
    log_error(fmt::format("rank {}: {}", session.rank(), final_text(error)));
    session.abort(error.exit_status());
  }
}

}  // namespace moneta
