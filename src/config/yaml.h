// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/value.h"

namespace moneta {

/// How errors and values give their location in a document.
enum class YamlLocation {
  line,  ///< "<origin>:<line>", with lines counted from 1
  none,  ///< "<origin>"
};

/// Reads one YAML document; an empty one is null. The parser is stricter than YAML: keys are plain
/// names and occur once, anchors, aliases, merge keys, tags and tabs in indentation are not
/// supported, and the nesting is limited. Throws Error (config) that starts with the location.
Value read_yaml(std::string const& text, std::string const& origin, YamlLocation location);

}  // namespace moneta
