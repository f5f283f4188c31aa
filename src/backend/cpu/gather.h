// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/functors.h"

namespace moneta::cpu {

/// Computes WindowGatherer of backend/functors.h one bar at a time, bit for bit.
void gather(std::size_t threads, WindowGatherer<float> const& gatherer);
void gather(std::size_t threads, WindowGatherer<Bf16> const& gatherer);
void gather(std::size_t threads, WindowGatherer<F16> const& gatherer);

}  // namespace moneta::cpu
