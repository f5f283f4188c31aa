// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <cstdlib>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

/// A strict reader of the text format of Prometheus. Throws std::runtime_error for anything that a
/// scraper might reject.
namespace moneta::metric_file {

using LabelMap = std::map<std::string, std::string>;

struct Metric {
  std::string help, type;
  std::map<LabelMap, double> samples;
};
using Metrics = std::map<std::string, Metric>;

inline void require(bool condition, std::string const& what, std::string const& line) {
  if (!condition) throw std::runtime_error("metric file: " + what + ": '" + line + "'");
}

inline bool is_name(std::string const& text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0]))) return false;
  for (char const each : text) {
    if (each != '_' && !std::islower(static_cast<unsigned char>(each)) &&
        !std::isdigit(static_cast<unsigned char>(each))) {
      return false;
    }
  }
  return true;
}

/// The text in quotes that starts at `at`; moves `at` behind the closing quote.
inline std::string quoted(std::string const& line, std::size_t& at) {
  require(at < line.size() && line[at] == '"', "a value without quotes", line);
  std::string text;
  for (++at; at < line.size() && line[at] != '"'; ++at) {
    if (line[at] == '\\') {
      ++at;
      require(at < line.size() && std::string("\\\"n").find(line[at]) != std::string::npos,
              "a wrong escape", line);
      text += line[at] == 'n' ? '\n' : line[at];
    } else {
      text += line[at];
    }
  }
  require(at < line.size(), "quotes that do not end", line);
  ++at;
  return text;
}

inline LabelMap labels_of(std::string const& line, std::size_t& at) {
  LabelMap labels;
  if (line[at] != '{') return labels;
  do {
    std::size_t const equals = line.find('=', ++at);
    require(equals != std::string::npos, "a label without value", line);
    std::string const name = line.substr(at, equals - at);
    require(is_name(name), "a wrong label", line);
    at = equals + 1;
    require(labels.emplace(name, quoted(line, at)).second, "a label twice", line);
    require(at < line.size() && (line[at] == ',' || line[at] == '}'), "labels without end", line);
  } while (line[at] == ',');
  ++at;
  return labels;
}

inline double value_of(std::string const& text, std::string const& line) {
  char* end = nullptr;
  double const value = std::strtod(text.c_str(), &end);
  require(!text.empty() && end == text.c_str() + text.size(), "a value that is no number", line);
  bool const is_word = std::isalpha(static_cast<unsigned char>(text.back())) != 0;
  require(!is_word || text == "NaN" || text == "+Inf" || text == "-Inf", "a wrong word", line);
  return value;
}

inline Metrics parse(std::string const& text) {
  require(text.ends_with('\n'), "no newline at the end", text.substr(0, 20));
  Metrics metrics;
  std::string name;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      std::size_t const space = line.find(' ', 7);
      require(space != std::string::npos && space + 1 < line.size(), "no help", line);
      name = line.substr(7, space - 7);
      require(is_name(name), "a wrong name", line);
      require(metrics.emplace(name, Metric{line.substr(space + 1), "", {}}).second,
              "a metric in two places", line);
    } else if (line.starts_with("# TYPE ")) {
      std::string const type = line.substr(line.rfind(' ') + 1);
      require(line == "# TYPE " + name + ' ' + type && metrics[name].type.empty(),
              "a type at the wrong place", line);
      require(type == "gauge" || type == "counter", "a wrong type", line);
      require((type == "counter") == name.ends_with("_total"), "a counter is a _total", line);
      metrics[name].type = type;
    } else {
      std::size_t at = line.find_first_of("{ ");
      require(at != std::string::npos && !name.empty() && line.substr(0, at) == name &&
                  !metrics[name].type.empty(),
              "a sample at the wrong place", line);
      LabelMap labels = labels_of(line, at);
      require(line[at] == ' ', "no space before the value", line);
      double const value = value_of(line.substr(at + 1), line);
      require(metrics[name].samples.emplace(std::move(labels), value).second, "a sample twice",
              line);
    }
  }
  return metrics;
}

}  // namespace moneta::metric_file
