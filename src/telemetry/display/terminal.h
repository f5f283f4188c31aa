// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

namespace moneta {

/// The size of a terminal window in characters; 80 x 24 if the terminal does not report it.
struct TerminalWindow {
  std::size_t columns = 80, rows = 24;
  bool operator==(TerminalWindow const&) const = default;
};

/// The window that shows what is written to this file descriptor; nothing if it refers to a file or
/// a pipe. Open MPI gives every local rank a pseudo-terminal, whatever the launcher's own output
/// is, so under Open MPI the launcher's standard output decides.
std::optional<TerminalWindow> terminal_window(int file);

}  // namespace moneta
