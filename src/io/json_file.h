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

/// Parses untrusted JSON. Rejects a key that occurs twice in one object, nesting deeper than 32,
/// more than 20,000 keys in one object (or thousands in each of many), and anything after the
/// value. Throws Error (data); its text begins with `what`, for example "'runs/index.json'".
Json parse_json(std::string_view text, std::string const& what);

/// Parses a file of at most `limit_bytes` like parse_json.
Json read_json(std::filesystem::path const& path, std::size_t limit_bytes = std::size_t{64} << 20);

/// A number that JsonFields::number reads back bit for bit. JSON lacks NaN and infinity: they
/// become the strings "nan", "inf" and "-inf".
Json json_number(double value);

/// Returns the members of an object by key and type. Throws Error (data) that names `what` and the
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
  /// Rejects members that were not taken.
  void finish() const;

 private:
  Json const& object_;
  std::string what_;
  std::set<std::string> taken_;
};

}  // namespace moneta
