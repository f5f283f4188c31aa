// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "backend/backends.h"
#include "backend/functors.h"
#include "backend/typed_array.h"
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

  using Mixed = TypedArray;

  std::unique_ptr<Backend> backend_ = GetParam().make();
};

inline double tolerance_of(Precision precision) {
  if (precision == Precision::fp16) return fp16_tolerance;
  return precision == Precision::f32 ? f32_tolerance : bf16_tolerance;
}

}  // namespace moneta
