// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/redrawn_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/text.h"
#include "telemetry/display/terminal.h"

namespace moneta {
namespace {

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

/// The program does not call setlocale, so this reads the variables in the order in which it would.
bool locale_is_utf8() {
  for (char const* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = variable(name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

bool terminal_is_dumb() { return variable("TERM") == "dumb"; }

bool can_draw_on(std::FILE* out) {
  return terminal_window(::fileno(out)).has_value() && !terminal_is_dumb();
}

TerminalSize terminal_size(std::FILE* out, bool unicode) {
  auto const window = terminal_window(::fileno(out)).value_or(TerminalWindow{});
  return {std::max<std::size_t>(window.columns, 2) - 1, std::max<std::size_t>(window.rows, 2) - 1,
          unicode};
}

/// Moves the cursor to the first drawn line. In a window that has become narrower, lines wrap.
std::string RedrawnLines::back_to_top(std::size_t columns) const {
  std::size_t rows = 0;
  for (std::size_t const width : drawn_widths_) {
    rows += std::max<std::size_t>(1, (width + columns) / (columns + 1));
  }
  return rows == 0 ? "" : fmt::format("\x1b[{}A", rows);
}

void RedrawnLines::draw(std::vector<std::string> const& lines, std::size_t columns,
                        std::string const& line_above) {
  std::string text = back_to_top(columns) + "\r";
  if (!line_above.empty()) text += "\x1b[J" + line_above + "\n";
  drawn_widths_.clear();
  for (std::string const& line : lines) {
    text += line + "\x1b[K\n";
    drawn_widths_.push_back(width_of(line));
  }
  text += "\x1b[J";
  std::fwrite(text.data(), 1, text.size(), out_);
  std::fflush(out_);
}

}  // namespace moneta
