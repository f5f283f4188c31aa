// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>

#include "base/error.h"
#include "base/json.h"

namespace moneta {

/// JSON has no infinity and no NaN: they become null, and null becomes NaN.
Json number_or_null(double value);
double number_from(Json const& json);

/// What `read` makes of `json`. Throws Error (internal) if it is not `what`.
template <class Read>
auto read_record(char const* what, Json const& json, Read const& read) {
  try {
    return read();
  } catch (std::exception const& error) {
    throw Error(
        ErrorKind::internal,
        fmt::format("a rank sent what is not {} ({}): {}", what, error.what(),
                    json.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 200)));
  }
}

}  // namespace moneta
