// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/metric_text.h"

#include <charconv>
#include <cmath>

namespace moneta {
namespace {

enum class Quotes { plain, escaped };

std::string escaped(std::string_view text, Quotes quotes) {
  std::string result;
  for (char const each : text) {
    if (each == '\n') {
      result += "\\n";
      continue;
    }
    if (each == '\\' || (each == '"' && quotes == Quotes::escaped)) result += '\\';
    result += each;
  }
  return result;
}

/// The shortest text that is parsed as the same number.
std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

}  // namespace

void MetricText::begin(std::string_view name, MetricType type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + ' ' + escaped(help, Quotes::plain) + '\n';
  text_ += "# TYPE " + name_ + (type == MetricType::counter ? " counter\n" : " gauge\n");
}

void MetricText::sample(Labels const& labels, double value) {
  text_ += name_;
  char before = '{';
  for (auto const& [label, text] : labels) {
    text_ += before;
    text_ += label;
    text_ += "=\"" + escaped(text, Quotes::escaped) + '"';
    before = ',';
  }
  text_ += (labels.empty() ? " " : "} ") + number_text(value) + '\n';
}

}  // namespace moneta
