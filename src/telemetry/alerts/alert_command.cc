// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alert_command.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "base/error.h"

namespace moneta {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view action_variable = "MONETA_ALERT_ACTION=";

/// The standard input of the command, written without waiting.
class InputPipe {
 public:
  explicit InputPipe(std::string_view text) : left_(text) {
    if (::pipe2(ends_, O_CLOEXEC) == 0) ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
  }
  InputPipe(InputPipe const&) = delete;
  InputPipe& operator=(InputPipe const&) = delete;
  ~InputPipe() {
    close(ends_[0]);
    close(ends_[1]);
  }

  bool is_open() const { return ends_[1] >= 0; }
  int reading_end() const { return ends_[0]; }
  void close_reading_end() { close(ends_[0]); }

  /// Writes as much as fits. Closes the pipe after the last byte, or if the reader has closed it.
  void fill() {
    while (is_open()) {
      ssize_t const written = ::write(ends_[1], left_.data(), left_.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno == EAGAIN) return;
      left_.remove_prefix(written < 0 ? left_.size() : static_cast<std::size_t>(written));
      if (left_.empty()) close(ends_[1]);
    }
  }

 private:
  static void close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }

  std::string_view left_;
  int ends_[2] = {-1, -1};
};

/// The actions of posix_spawn in the child before it executes the shell.
class ChildSetup {
 public:
  explicit ChildSetup(int input) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_adddup2(&files_, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ChildSetup(ChildSetup const&) = delete;
  ChildSetup& operator=(ChildSetup const&) = delete;
  ~ChildSetup() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  /// Returns 0 or an errno.
  int spawn(pid_t& pid, std::string command, std::vector<std::string> environment) const {
    char shell[] = "/bin/sh", option[] = "-c";
    char* const arguments[] = {shell, option, command.data(), nullptr};
    std::vector<char*> variables;
    for (std::string& variable : environment) variables.push_back(variable.data());
    variables.push_back(nullptr);
    return ::posix_spawn(&pid, shell, &files_, &attributes_, arguments, variables.data());
  }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

SendResult result_of(int status) {
  if (WIFEXITED(status)) {
    return {WEXITSTATUS(status) == 0, true, fmt::format("exit status {}", WEXITSTATUS(status))};
  }
  return {false, true, fmt::format("killed by signal {}", WTERMSIG(status))};
}

/// The leader has not been waited for, so that the ID of the group is still its own.
void kill_group(pid_t leader) {
  ::kill(-leader, SIGKILL);
  auto const until = Clock::now() + std::chrono::seconds(1);
  while (::waitpid(leader, nullptr, WNOHANG) == 0 && Clock::now() < until) {
    std::this_thread::sleep_for(milliseconds(1));
  }
}

}  // namespace

AlertCommand::AlertCommand(std::string command, milliseconds limit)
    : command_(std::move(command)), limit_(limit) {
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with(action_variable)) {
      environment_.emplace_back(*variable);
    }
  }
}

SendResult AlertCommand::run(std::string_view action, std::string const& input,
                             GiveUp const& give_up) const {
  std::vector<std::string> environment = environment_;
  environment.push_back(fmt::format("{}{}", action_variable, action));
  InputPipe pipe(input);
  pid_t pid = -1;
  int const error =
      pipe.is_open() ? ChildSetup(pipe.reading_end()).spawn(pid, command_, environment) : errno;
  if (error != 0) return {false, true, fmt::format("cannot start it: {}", std::strerror(error))};
  pipe.close_reading_end();
  auto const until = Clock::now() + limit_;
  for (milliseconds wait(1);; wait = std::min(2 * wait, milliseconds(50))) {
    pipe.fill();
    int status = 0;
    pid_t const ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return result_of(status);
    if (ended < 0 && errno != EINTR) return {true};  // another thread has collected its status
    bool const stop = give_up();
    if (stop || Clock::now() >= until) {
      kill_group(pid);
      return {false, false,
              stop ? "the run ended first"
                   : fmt::format("killed after its limit of {:g} s",
                                 static_cast<double>(limit_.count()) / 1000)};
    }
    std::this_thread::sleep_for(wait);
  }
}

}  // namespace moneta
