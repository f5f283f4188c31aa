// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/flatten_numbers.h"

#include <limits>

namespace moneta {

std::vector<std::pair<std::string, double>> flatten_numbers(Json const& json) {
  std::vector<std::pair<std::string, double>> numbers;
  if (!json.is_object()) return numbers;
  for (auto const& [key, value] : json.items()) {
    if (value.is_number()) numbers.emplace_back(key, value.get<double>());
    if (value.is_boolean()) numbers.emplace_back(key, value.get<bool>() ? 1 : 0);
    if (value.is_null()) numbers.emplace_back(key, std::numeric_limits<double>::quiet_NaN());
    for (auto const& [inner, number] : flatten_numbers(value)) {
      numbers.emplace_back(key + '/' + inner, number);
    }
  }
  return numbers;
}

}  // namespace moneta
