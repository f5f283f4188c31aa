// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/value.h"

namespace moneta {

/// Names the place of a line, which counts from 1.
enum class YamlPlace {
  line,  ///< "<origin>:<line>"
  none,  ///< "<origin>"
};

/// Reads one YAML document; `nothing` if it is empty. Stricter than YAML: keys are plain names and
/// occur once, no anchors, aliases, merge keys or tags, no tabs for indentation, few levels.
/// Throws Error (config) that starts with the place.
Value read_yaml(std::string const& text, std::string const& origin, YamlPlace lines);

}  // namespace moneta
