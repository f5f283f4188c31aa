// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/field_type.h"

namespace moneta::field {

/// The list of coins.
struct Coins {
  std::string describe() const { return "a list of 1 to 1000 different names"; }
  void read(Value const& value, std::string const& key, std::vector<std::string>& into) const;
  Json write(std::vector<std::string> const& from) const { return from; }
};

/// The coins of each rank; empty for null.
struct Placement {
  std::string describe() const { return "a list of lists of coins, one list per rank, or null"; }
  void read(Value const& value, std::string const& key,
            std::vector<std::vector<std::string>>& into) const;
  Json write(std::vector<std::vector<std::string>> const& from) const {
    return from.empty() ? Json() : Json(from);
  }
};

/// A list, which may be empty, of different words from a fixed set.
struct Subset {
  Choice<std::string> element;

  std::string describe() const { return "a list of any of " + joined(element.choices()); }
  void read(Value const& value, std::string const& key, std::vector<std::string>& into) const;
  Json write(std::vector<std::string> const& from) const { return from; }
};

}  // namespace moneta::field
