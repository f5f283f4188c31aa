// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "backend/backend.h"

namespace moneta {

/// The backend that computes on the CPU with `threads` OpenMP threads (>= 1). Its calls are
/// finished when they return; with one thread, the same calls give the same bits.
std::unique_ptr<Backend> make_cpu_backend(std::size_t threads);

}  // namespace moneta
