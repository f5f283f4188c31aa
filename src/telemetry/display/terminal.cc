// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace moneta {
namespace {

std::optional<TerminalWindow> window_of(int file) {
  if (::isatty(file) == 0) return {};
  TerminalWindow window;
  winsize size{};
  if (::ioctl(file, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) window.columns = size.ws_col;
    if (size.ws_row > 0) window.rows = size.ws_row;
  }
  return window;
}

/// The parent of a process; 0 if it cannot be determined. The format is "pid (name) state ppid ..."
/// (proc(5)), and the name may contain any character.
int parent_of(int process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  auto const name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 >= text.size()) return 0;
  return std::atoi(text.c_str() + name_end + 4);
}

/// The window of the nearest ancestor whose standard output is not `own`: the launcher.
std::optional<TerminalWindow> window_of_launcher(dev_t own) {
  for (int process = ::getppid(); process > 1; process = parent_of(process)) {
    std::string const output = "/proc/" + std::to_string(process) + "/fd/1";
    struct stat status {};
    if (::stat(output.c_str(), &status) != 0) return {};
    if (S_ISCHR(status.st_mode) && status.st_rdev == own) continue;
    int const file = ::open(output.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return {};
    auto const window = window_of(file);
    ::close(file);
    return window;
  }
  return {};
}

}  // namespace

std::optional<TerminalWindow> terminal_window(int file) {
  auto const window = window_of(file);
  if (!window || std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr) return window;
  struct stat status {};
  if (::fstat(file, &status) != 0) return {};
  return window_of_launcher(status.st_rdev);
}

}  // namespace moneta
