// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "telemetry/alerts/alert_sender.h"

namespace moneta {

/// A shell command that alerts start.
class AlertCommand {
 public:
  /// Copies the environment, which others may change later. `limit`: the command is killed then.
  AlertCommand(std::string command, std::chrono::milliseconds limit);

  /// Runs it with /bin/sh in a process group of its own, `input` on standard input,
  /// MONETA_ALERT_ACTION in the environment, output thrown away, no other file of this process
  /// open, and waits for it; exit status 0 is success. At its limit, or if it is given up, the
  /// whole group is killed. Forks no copy of this process, so it is safe beside MPI and CUDA. Needs
  /// a thread that blocks SIGPIPE.
  SendResult run(std::string const& action, std::string const& input, GiveUp const& give_up) const;

 private:
  std::string const command_;
  std::chrono::milliseconds const limit_;
  std::vector<std::string> environment_;
};

}  // namespace moneta
