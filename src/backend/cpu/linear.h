// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/elementwise_backend.h"

namespace moneta::cpu {

/// Backend::linear and Backend::linear_backward for checked sizes; dx may be null.
void linear(std::size_t threads, LinearShape shape, float const* x, float const* w, float const* b,
            float* y);
void linear_backward(std::size_t threads, LinearShape shape, float const* x, float const* w,
                     float const* dy, float* dx, float* dw, float* db, InputGradient mode);

/// Backend::multiply for checked sizes.
void multiply(std::size_t threads, BatchedProduct const& product, float const* a, float const* b,
              float* c);

}  // namespace moneta::cpu
