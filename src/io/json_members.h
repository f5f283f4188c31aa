// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "base/json.h"
#include "io/json_file.h"

namespace moneta {

/// Visitors for structs that list their members once, for reading and for writing:
///
///   template <class Entry, class Visit>
///   void each_member(Entry& entry, Visit const& visit) {
///     visit("file", entry.file);
///     visit("bytes", entry.bytes);
///   }
///
///   Json json;
///   each_member(entry, JsonMemberWriter{json});
///   JsonFields fields(json, "'index.json'");
///   each_member(entry, JsonMemberReader{fields});
///
/// Members are strings, booleans, whole numbers from 0 to 2^53, doubles, or Json.

/// How a file format encodes doubles that are not finite, which JSON lacks.
enum class NonFinite {
  text,  ///< "nan", "inf" and "-inf": nothing is lost
  null,  ///< null, which is read as NaN
};

/// Appends each member to an object, which must outlive the writer.
struct JsonMemberWriter {
  Json& object;
  NonFinite non_finite = NonFinite::text;

  template <class Member>
  void operator()(char const* key, Member const& member) const {
    if constexpr (std::is_floating_point_v<Member>) {
      bool const as_null = non_finite == NonFinite::null && !std::isfinite(member);
      object[key] = as_null ? Json(nullptr) : json_number(member);
    } else {
      object[key] = member;
    }
  }
};

/// Takes each member from `fields`, which must outlive the reader. Throws as JsonFields does.
struct JsonMemberReader {
  JsonFields& fields;
  NonFinite non_finite = NonFinite::text;

  template <class Member>
  void operator()(char const* key, Member& member) const {
    if constexpr (std::is_same_v<Member, bool>) {
      member = fields.flag(key);
    } else if constexpr (std::is_integral_v<Member>) {
      member = static_cast<Member>(fields.count(key));
    } else if constexpr (std::is_floating_point_v<Member>) {
      bool const is_null = non_finite == NonFinite::null && fields.member(key).is_null();
      member = is_null ? std::numeric_limits<Member>::quiet_NaN()
                       : static_cast<Member>(fields.number(key));
    } else if constexpr (std::is_same_v<Member, Json>) {
      member = fields.member(key);
    } else {
      static_assert(std::is_same_v<Member, std::string>);
      member = fields.text(key);
    }
  }
};

}  // namespace moneta
