// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "telemetry/display/render_progress.h"

namespace moneta {

/// Whether the locale's variables ask for UTF-8.
bool locale_is_utf8();

/// Whether TERM says that there are no control sequences.
bool terminal_is_dumb();

/// Whether `out` goes to a window in which lines can be drawn over each other.
bool can_draw_on(std::FILE* out);

/// What there is to draw on in the window of `out`: one column less than it has (a full line would
/// leave the cursor undecided), and one row less, for the cursor.
TerminalSize terminal_size(std::FILE* out, bool unicode);

/// Lines that are drawn over the ones drawn before, in place. The cursor is left below them.
class RedrawnLines {
 public:
  explicit RedrawnLines(std::FILE* out) : out_(out) {}

  /// `lines` are no wider than the canvas of `columns`. `line_above` stays above for good.
  void draw(std::vector<std::string> const& lines, std::size_t columns,
            std::string const& line_above = "");

 private:
  std::string back_to_top(std::size_t columns) const;

  std::FILE* out_;
  std::vector<std::size_t> drawn_widths_;  ///< of the lines above the cursor
};

}  // namespace moneta
