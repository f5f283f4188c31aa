// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "telemetry/display/render_progress.h"
#include "telemetry/monitor/gpu_reading.h"

namespace moneta {
namespace {

/// UTF-8: every byte but these begins a character.
bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u; }

template <class... Values>
std::string printed(char const* format, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

/// "310/345 W", "310 W" or nothing.
std::string amount(Json const& reading, char const* key, char const* limit_key, double unit,
                   char const* format, char const* name) {
  auto const value = reading.find(key);
  if (value == reading.end() || !value->is_number()) return "";
  std::string text = printed(format, value->get<double>() / unit);
  auto const limit = limit_key == nullptr ? reading.end() : reading.find(limit_key);
  if (limit != reading.end() && limit->is_number()) {
    text += '/' + printed(format, limit->get<double>() / unit);
  }
  return text + ' ' + name;
}

/// What is not as it should be. At full load a card keeps to its power limit: that is no trouble.
std::string trouble_of(Json const& reading) {
  if (reading.contains("lost")) return "lost";
  std::string text;
  auto const add = [&text](std::string const& part) { text += (text.empty() ? "" : ", ") + part; };
  auto const reasons = reading.find("throttle_reasons");
  if (reasons != reading.end() && reasons->is_array()) {
    for (Json const& reason : *reasons) {
      std::string const word = reason.is_string() ? reason.get<std::string>() : "";
      if (is_throttling(word) && word != "power_cap") add(word);
    }
  }
  auto const others = reading.find("other_processes");
  if (others != reading.end() && others->is_number_unsigned() && *others > 0) {
    add(fmt::format("{} other on it", others->get<std::size_t>()));
  }
  return text.empty() ? "" : '(' + text + ')';
}

}  // namespace

std::string reading_text(Json const& reading) {
  if (!reading.is_object()) return "";
  constexpr double gib = 1 << 30;
  bool const is_card = reading.contains("memory_used_bytes");
  std::string const load = amount(reading, "load", "cores", 1, "%.0f", "cores");
  std::string text;
  for (std::string const& part : {amount(reading, "temperature_c", nullptr, 1, "%.0f", "C"),
                                  amount(reading, "power_w", "power_limit_w", 1, "%.0f", "W"),
                                  amount(reading, is_card ? "memory_used_bytes" : "process_bytes",
                                         "memory_total_bytes", gib, "%.1f", "GiB"),
                                  amount(reading, "utilisation_percent", nullptr, 1, "%.0f", "%"),
                                  amount(reading, "sm_clock_mhz", nullptr, 1, "%.0f", "MHz"),
                                  load.empty() ? load : "load " + load, trouble_of(reading)}) {
    if (!part.empty()) text += (text.empty() ? "" : " ") + part;
  }
  return text;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

std::string cut(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (std::size_t taken = 0; end < text.size(); ++end) {
    if (!continues_character(text[end]) && taken++ == columns) break;
  }
  return std::string(text.substr(0, end));
}

std::string bar(double fraction, std::size_t columns, bool unicode) {
  static constexpr std::array<char const*, 8> eighths = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
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
  return printed(std::abs(loss) < 1000 ? "%.4f" : "%.2e", loss);
}

std::string count_text(double count) {
  std::string text = printed("%.0f", std::isfinite(count) ? std::min(count, 1e15) : 0.0);
  for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3) {
    if (text[static_cast<std::size_t>(place) - 1] == '-') break;
    text.insert(static_cast<std::size_t>(place), 1, ',');
  }
  return text;
}

}  // namespace moneta
