// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/functors.h"

namespace moneta::cpu {

/// What Dropper of backend/functors.h computes, bit for bit, by vector instructions.
void drop(std::size_t threads, Dropper<float> const& dropper);
void drop(std::size_t threads, Dropper<Bf16> const& dropper);

}  // namespace moneta::cpu
