// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"

namespace moneta {

/// Parses JSON that a stranger may have written: a key given twice in one object, nesting deeper
/// than 32, more than 20,000 keys in one object (or thousands in each of many) and anything after
/// the value are refused. Throws
/// Error (data); the text begins with `what`, for example "'runs/index.json'".
Json parse_json(std::string_view text, std::string const& what);

/// parse_json of a file of at most `limit_bytes`.
Json read_json(std::filesystem::path const& path, std::size_t limit_bytes = std::size_t{64} << 20);

/// A number that JsonFields::number gives back bit for bit; "nan", "inf" and "-inf" are texts, as
/// JSON has no such numbers.
Json json_number(double value);

/// A text of unknown origin made fit for a message: printable and at most 100 characters long.
std::string sanitized(std::string_view text);

/// Takes the members of an object by key and type. Throws Error (data) that names `what` and the
/// key. The object must outlive this.
class JsonFields {
 public:
  JsonFields(Json const& object, std::string what);

  bool has(std::string const& key) const { return object_.contains(key); }
  Json const& member(std::string const& key);
  std::string text(std::string const& key);
  bool flag(std::string const& key);
  std::int64_t count(std::string const& key);  ///< 0 ... 2^53
  double number(std::string const& key);       ///< as json_number writes it
  /// Refuses members that nobody has taken.
  void finish() const;

 private:
  Json const& object_;
  std::string what_;
  std::set<std::string> taken_;
};

}  // namespace moneta
