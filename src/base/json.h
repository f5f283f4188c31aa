// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

namespace moneta {

/// A JSON value whose objects keep the order in which keys were inserted.
using Json = nlohmann::ordered_json;

}  // namespace moneta
