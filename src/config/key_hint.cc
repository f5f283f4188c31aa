// SPDX-License-Identifier: Apache-2.0
#include "config/key_hint.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "config/keys.h"

namespace moneta {
namespace {

/// The number of letters to insert, remove, replace or swap with a neighbor to turn one word into
/// the other (the optimal string alignment distance).
std::size_t edit_distance(std::string const& from, std::string const& to) {
  std::vector<std::size_t> before(to.size() + 1), last(to.size() + 1), row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      std::size_t const replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      bool const swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[to.size()];
}

std::string section_of(std::string const& name) {
  std::size_t const dot = name.rfind('.');
  return dot == std::string::npos ? "" : name.substr(0, dot);
}

std::string last_word(std::string const& name) { return name.substr(name.rfind('.') + 1); }

/// The names of all keys and sections.
std::set<std::string> all_names() {
  std::set<std::string> names;
  for (ConfigKey const& key : config_keys()) {
    for (std::string name = key.name; !name.empty(); name = section_of(name)) names.insert(name);
  }
  return names;
}

/// The distance of a name from what was written, which may be a typing error or the right word in
/// the wrong section.
std::size_t distance(std::string const& written, std::string const& name) {
  std::size_t const moved = 1 + edit_distance(last_word(written), last_word(name));
  return std::min(edit_distance(written, name), moved);
}

}  // namespace

std::string list_keys_in(std::string const& section) {
  std::vector<std::string> keys;
  for (std::string const& name : all_names()) {
    if (section_of(name) == section) keys.push_back(name);
  }
  return fmt::format("(valid keys: {})", joined(keys));
}

std::string key_hint(std::string const& unknown) {
  if (ConfigKey const* const whole = find_key(section_of(unknown))) {
    return fmt::format("({} is set as a whole, to {})", whole->name, whole->range);
  }
  // Two typing errors make a shorter word unrecognizable, so it allows one.
  constexpr std::size_t short_word = 5;
  std::size_t const letters = last_word(unknown).size();
  std::size_t smallest = 1 + (letters < short_word ? 1 : std::max<std::size_t>(2, letters / 3));
  std::string nearest;
  for (std::string const& name : all_names()) {
    std::size_t const far = distance(unknown, name);
    if (far < smallest) {
      smallest = far;
      nearest = name;
    }
  }
  if (!nearest.empty()) return fmt::format("(did you mean {}?)", nearest);
  std::string section = section_of(unknown);
  while (!is_section(section)) section = section_of(section);
  return list_keys_in(section);
}

}  // namespace moneta
