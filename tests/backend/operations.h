// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <type_traits>
#include <vector>

#include "backend/backends.h"
#include "backend/functors.h"
#include "support/on_device.h"

namespace moneta {

/// Tests that compare every operation except the LSTM with a slow loop in double. The tolerances
/// are relative to the largest number of the expected array.
inline constexpr double f32_tolerance = 1e-6, bf16_tolerance = 1.0 / 256,
                        fp16_tolerance = 1.0 / 2048;  // 8 and 11 bits of precision

class Operations : public testing::TestWithParam<NamedBackend> {
 protected:
  using Floats = std::vector<float>;
  using Doubles = std::vector<double>;

  OnDevice<float> device(Floats const& values) const { return {*backend_, values}; }

  /// An array in any precision, converted from and to float.
  struct Mixed {
    Mixed(Backend& on, Precision type, Floats const& values)
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
    Floats host() const {
      Floats values;
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

  std::unique_ptr<Backend> backend_ = GetParam().make();
};

inline double tolerance_of(Precision precision) {
  if (precision == Precision::fp16) return fp16_tolerance;
  return precision == Precision::f32 ? f32_tolerance : bf16_tolerance;
}

}  // namespace moneta
