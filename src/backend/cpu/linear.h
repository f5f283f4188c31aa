// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace moneta::cpu {

/// Sizes of a linear layer: batch N, inputs I, outputs O.
struct LinearShape {
  std::size_t batch, inputs, outputs;
};

/// Backend::linear and Backend::linear_backward on checked sizes; dx may be null.
void linear(std::size_t threads, LinearShape shape, float const* x, float const* w, float const* b,
            float* y);
void linear_backward(std::size_t threads, LinearShape shape, float const* x, float const* w,
                     float const* dy, float* dx, float* dw, float* db);

}  // namespace moneta::cpu
