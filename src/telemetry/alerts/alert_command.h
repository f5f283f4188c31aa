// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/alerts/alert_sender.h"

namespace moneta {

/// A shell command that receives alerts.
class AlertCommand {
 public:
  /// Copies the environment of this process, so that later changes have no effect. The command is
  /// killed after `limit`.
  AlertCommand(std::string command, std::chrono::milliseconds limit);

  /// Runs the command with /bin/sh in a process group of its own and waits for it; exit status 0 is
  /// success. The command reads `input` from its standard input and finds `action` in the
  /// environment variable MONETA_ALERT_ACTION. Its output is discarded, and it inherits no other
  /// file. The whole group is killed at the limit or when `give_up` returns true. This process is
  /// not forked, which would not be safe with MPI and CUDA. The calling thread must block SIGPIPE.
  SendResult run(std::string_view action, std::string const& input, GiveUp const& give_up) const;

 private:
  std::string const command_;
  std::chrono::milliseconds const limit_;
  std::vector<std::string> environment_;
};

}  // namespace moneta
