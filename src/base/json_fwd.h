// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace moneta {

/// Declares Json for headers that only refer to it; base/json.h defines it.
using Json = nlohmann::ordered_json;

}  // namespace moneta
