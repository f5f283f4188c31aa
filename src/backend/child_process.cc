// SPDX-License-Identifier: Apache-2.0
#include "backend/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <thread>
#include <utility>

namespace moneta {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t most_output_bytes = 4096;
constexpr milliseconds longest_pause(50);

/// Creates a pipe whose ends are not 0 to 2: these are free if this process has no standard
/// streams, and in the child they get another meaning. Returns 0 or an errno.
int open_pipe(int (&ends)[2]) {
  int made[2];
  if (::pipe2(made, O_CLOEXEC) != 0) return errno;
  int error = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    ends[i] = ::fcntl(made[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (ends[i] < 0) error = errno;
    ::close(made[i]);
  }
  if (error == 0 && ::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) error = errno;
  return error;
}

/// Pointers to the strings and a null pointer, as a new process takes them.
std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& each : strings) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Starts the command with `output` as its standard output. Returns 0 or an errno.
int spawn(std::vector<std::string>& command, std::vector<std::string>& environment, int output,
          pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> const arguments = pointers_to(command), variables = pointers_to(environment);
  int const error =
      ::posix_spawn(&pid, arguments[0], &files, &attributes, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

std::vector<std::string> environment_with(std::string const& name, std::string const& value) {
  std::string const prefix = name + '=';
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) {
    if (!std::string_view(*each).starts_with(prefix)) variables.emplace_back(*each);
  }
  variables.push_back(prefix + value);
  return variables;
}

ChildProcess::ChildProcess(std::vector<std::string> command, std::vector<std::string> environment)
    : error_(open_pipe(pipe_)) {
  if (error_ == 0) error_ = spawn(command, environment, pipe_[1], pid_);
  if (error_ == 0) {
    ::close(std::exchange(pipe_[1], -1));
  } else {
    close_pipe();
  }
}

ChildProcess::~ChildProcess() {
  if (error_ == 0 && !has_ended()) kill();
  close_pipe();
}

bool ChildProcess::wait_for(milliseconds duration, std::function<bool()> const& keep_waiting) {
  auto const until = Clock::now() + duration;
  for (milliseconds pause(1); Clock::now() < until; pause = std::min(2 * pause, longest_pause)) {
    read_output();
    if (has_ended()) {
      read_output();
      return true;
    }
    if (!keep_waiting()) return false;
    std::this_thread::sleep_for(pause);
  }
  return has_ended();
}

void ChildProcess::kill() const { ::kill(-pid_, SIGKILL); }

std::string ChildProcess::last_line() const {
  std::size_t const last = output_.find_last_not_of("\r\n");
  if (last == std::string::npos) return "";
  std::size_t const before = output_.rfind('\n', last);
  std::size_t const first = before == std::string::npos ? 0 : before + 1;
  return output_.substr(first, last + 1 - first);
}

bool ChildProcess::has_ended() {
  if (has_ended_) return true;
  int status = 0;
  pid_t const ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  if (ended == pid_) status_ = status;
  return has_ended_ = true;
}

void ChildProcess::read_output() {
  char buffer[1024];
  for (;;) {
    ssize_t const bytes = ::read(pipe_[0], buffer, sizeof buffer);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return;
    output_.append(buffer, static_cast<std::size_t>(bytes));
    if (output_.size() > most_output_bytes) output_.erase(0, output_.size() - most_output_bytes);
  }
}

void ChildProcess::close_pipe() {
  for (int& end : pipe_) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }
}

}  // namespace moneta
