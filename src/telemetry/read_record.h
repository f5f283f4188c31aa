// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <exception>
#include <limits>

#include "base/error.h"
#include "base/json.h"

namespace moneta {

/// JSON has no infinity and no NaN: both become null, and null becomes NaN.
inline Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
inline double number_from(Json const& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

/// Calls `read`, which converts `json`, and returns its result. An exception becomes an Error
/// (internal) with the text "not WHAT (why): the JSON".
template <class Read>
auto read_record(char const* what, Json const& json, Read const& read) {
  try {
    return read();
  } catch (std::exception const& error) {
    throw Error(
        ErrorKind::internal,
        fmt::format("not {} ({}): {}", what, error.what(),
                    json.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 200)));
  }
}

}  // namespace moneta
