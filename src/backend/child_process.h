// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace moneta {

/// The variables of this process, each as "NAME=VALUE", with another value for `name`.
std::vector<std::string> environment_with(std::string const& name, std::string const& value);

/// A child process, the leader of a process group, with a pipe as its standard output and nothing
/// else open. Owned by one thread.
class ChildProcess {
 public:
  /// Starts `command`, whose first word is a path. `error` tells whether that succeeded.
  ChildProcess(std::vector<std::string> command, std::vector<std::string> environment);
  ChildProcess(ChildProcess const&) = delete;
  ChildProcess& operator=(ChildProcess const&) = delete;
  /// Kills the child if it has not ended; does not wait for that.
  ~ChildProcess();

  int error() const { return error_; }  ///< the errno with which it could not be started, or 0
  pid_t pid() const { return pid_; }
  /// As waitpid reports it, once the child has ended; -1 if it is not known.
  int status() const { return status_; }

  /// Waits until the child has ended, the time is over or `keep_waiting`, which is called about 20
  /// times a second, returns false. Returns whether the child has ended.
  bool wait_for(std::chrono::milliseconds duration, std::function<bool()> const& keep_waiting);
  /// Kills the child with its descendants; does not wait.
  void kill() const;
  /// The last line of its output that is not empty; libraries may have printed something before it.
  /// Of a long output, only the end is kept.
  std::string last_line() const;

 private:
  bool has_ended();
  void read_output();
  void close_pipe();

  int pipe_[2] = {-1, -1};
  int error_ = 0;
  pid_t pid_ = -1;
  bool has_ended_ = false;
  int status_ = -1;
  std::string output_;
};

}  // namespace moneta
