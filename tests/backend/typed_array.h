// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <type_traits>
#include <vector>

#include "backend/backend.h"
#include "backend/functors.h"

namespace moneta {

/// An array of a backend in any precision, converted from and to float.
struct TypedArray {
  TypedArray(Backend& on, Precision type, std::vector<float> const& values)
      : backend(on), precision(type), memory(on.allocate(values.size() * element_bytes(type))) {
    with_element_type(type, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      std::vector<Element> rounded;
      for (float const value : values) rounded.push_back(from_float<Element>(value));
      on.upload(memory->data(), rounded.data(), memory->bytes());
    });
  }
  Activations view() const {
    return {memory->data(), memory->bytes() / element_bytes(precision), precision};
  }
  std::vector<float> host() const {
    std::vector<float> values;
    with_element_type(precision, [&](auto* null) {
      std::vector<std::remove_pointer_t<decltype(null)>> stored(view().size);
      backend.download(stored.data(), memory->data(), memory->bytes());
      for (auto const each : stored) values.push_back(to_float(each));
    });
    return values;
  }
  Backend& backend;
  Precision precision;
  std::unique_ptr<DeviceMemory> memory;
};

}  // namespace moneta
