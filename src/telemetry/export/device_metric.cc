// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/device_metric.h"

#include <array>
#include <string_view>

namespace moneta {
namespace {

/// The end of a number's name in the epoch log, and what Prometheus expects instead.
struct Unit {
  std::string_view suffix, prometheus_suffix;
  double factor;
};
constexpr std::array<Unit, 9> units = {{
    {"_bytes", "_bytes", 1},
    {"_c", "_celsius", 1},
    {"_fraction", "_ratio", 1},
    {"_mhz", "_hertz", 1e6},
    {"_mib", "_bytes", 1024.0 * 1024.0},
    {"_percent", "_ratio", 0.01},
    {"_seconds", "_seconds", 1},
    {"_share", "_ratio", 1},
    {"_w", "_watts", 1},
}};

/// Replaces all characters that the name of a metric cannot have.
std::string metric_characters(std::string text) {
  for (char& each : text) {
    bool const fits = (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9');
    if (each >= 'A' && each <= 'Z') {
      each = static_cast<char>(each - 'A' + 'a');
    } else if (!fits) {
      each = '_';
    }
  }
  return text;
}

}  // namespace

DeviceMetric device_metric(std::string const& kind, std::string const& name) {
  std::string const prefix = "moneta_" + kind + '_';
  std::string const first = name.substr(0, name.find('/'));
  for (Unit const& unit : units) {
    if (first.size() <= unit.suffix.size() || !first.ends_with(unit.suffix)) continue;
    std::string const rest = name.substr(first.size());  // "/max", which goes before the unit
    std::string const quantity = first.substr(0, first.size() - unit.suffix.size());
    return {prefix + metric_characters(quantity + rest) + std::string(unit.prometheus_suffix),
            unit.factor};
  }
  return {prefix + metric_characters(name), 1};
}

}  // namespace moneta
