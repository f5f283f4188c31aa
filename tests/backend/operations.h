// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "backend/backends.h"
#include "backend/functors.h"
#include "support/on_device.h"

namespace moneta {

/// Tests that compare every operation except the LSTM with a slow loop in double. The tolerances
/// are relative to the largest number of the expected array.
inline constexpr double f32_tolerance = 1e-6, bf16_tolerance = 1.0 / 256;  // bf16 has 8 bits

class Operations : public testing::TestWithParam<NamedBackend> {
 protected:
  using Floats = std::vector<float>;
  using Doubles = std::vector<double>;

  OnDevice<float> device(Floats const& values) const { return {*backend_, values}; }

  /// An array in either precision, converted from and to float.
  struct Mixed {
    Mixed(Backend& on, Precision type, Floats const& values)
        : backend(on), precision(type), memory(on.allocate(values.size() * element_bytes(type))) {
      std::vector<Bf16> rounded;
      for (float const value : values) rounded.push_back(from_float<Bf16>(value));
      void const* const data =
          type == Precision::f32 ? static_cast<void const*>(values.data()) : rounded.data();
      on.upload(memory->data(), data, memory->bytes());
    }
    Activations view() const {
      return {memory->data(), memory->bytes() / element_bytes(precision), precision};
    }
    Floats host() const {
      Floats values(view().size);
      if (precision == Precision::f32) {
        backend.download(values.data(), memory->data(), memory->bytes());
        return values;
      }
      std::vector<Bf16> rounded(values.size());
      backend.download(rounded.data(), memory->data(), memory->bytes());
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = to_float(rounded[i]);
      return values;
    }
    Backend& backend;
    Precision precision;
    std::unique_ptr<DeviceMemory> memory;
  };

  std::unique_ptr<Backend> backend_ = GetParam().make();
};

inline double tolerance_of(Precision precision) {
  return precision == Precision::f32 ? f32_tolerance : bf16_tolerance;
}

}  // namespace moneta
