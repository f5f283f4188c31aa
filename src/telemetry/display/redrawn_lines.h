// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "telemetry/display/render_progress.h"

namespace moneta {

/// True if the locale's environment variables select UTF-8.
bool locale_is_utf8();

/// True if the environment variable TERM says that the terminal has no control sequences.
bool terminal_is_dumb();

/// True if `out` is a terminal on which lines can be redrawn in place.
bool can_draw_on(std::FILE* out);

/// The drawable part of the window of `out`: one column less than it has, because a full line
/// leaves the position of the cursor undefined, and one row less, for the cursor.
TerminalSize terminal_size(std::FILE* out, bool unicode);

/// Lines on a terminal that are redrawn in place. The cursor stays below them.
class RedrawnLines {
 public:
  explicit RedrawnLines(std::FILE* out) : out_(out) {}

  /// Replaces the lines drawn before. `lines` are at most `columns` wide. `line_above`, unless it
  /// is empty, is printed above them and stays there.
  void draw(std::vector<std::string> const& lines, std::size_t columns,
            std::string const& line_above = "");

 private:
  std::string back_to_top(std::size_t columns) const;

  std::FILE* out_;
  std::vector<std::size_t> drawn_widths_;  ///< of the lines above the cursor
};

}  // namespace moneta
