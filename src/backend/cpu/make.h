// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "backend/backend.h"

namespace moneta {

/// The backend that computes on this machine's cores with `threads` OpenMP threads (>= 1). Its
/// calls do their work at once, one at a time; with one thread the same calls give the same bits.
std::unique_ptr<Backend> make_cpu_backend(std::size_t threads);

}  // namespace moneta
