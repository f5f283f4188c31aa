// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/functors.h"

namespace moneta::cpu {

/// Computes Dropper of backend/functors.h with vector instructions, bit for bit.
void drop(std::size_t threads, Dropper<float> const& dropper);
void drop(std::size_t threads, Dropper<Bf16> const& dropper);
void drop(std::size_t threads, Dropper<F16> const& dropper);

}  // namespace moneta::cpu
