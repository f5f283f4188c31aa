// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/line_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/text.h"

namespace moneta {

std::string progress_bar(double fraction, std::size_t columns, Glyphs glyphs) {
  static constexpr std::array<char const*, 8> eighths = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  bool const unicode = glyphs == Glyphs::unicode;
  std::size_t const steps = unicode ? 8 : 1;
  double const exact = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(columns * steps);
  auto const filled = static_cast<std::size_t>(std::floor(exact + 1e-9));
  std::string text;
  for (std::size_t i = 0; i < filled / steps; ++i) text += unicode ? "█" : "#";
  if (filled < columns * steps) text += unicode ? eighths[filled % steps] : ".";
  std::size_t const drawn = filled / steps + (filled < columns * steps ? 1 : 0);
  return text + std::string(columns - drawn, unicode ? ' ' : '.');
}

std::string loss_text(double loss) {
  if (!std::isfinite(loss)) return "-";
  return std::abs(loss) < 1000 ? fmt::format("{:.4f}", loss) : fmt::format("{:.2e}", loss);
}

std::string count_text(double count) {
  if (!std::isfinite(count)) return "0";
  constexpr double most = 1e15;
  double const whole = std::rint(std::clamp(count, -most, most));
  return (whole < 0 ? "-" : "") + grouped(static_cast<std::uint64_t>(std::abs(whole)));
}

}  // namespace moneta
