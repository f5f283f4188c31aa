// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "backend/backend.h"

namespace moneta::cuda {

/// Why cuDNN's persistent algorithm cannot run this shape: its kernels are known not to support the
/// sizes. Empty if they may support them; then only the benchmark shows. Bidirectional layers are
/// benchmarked with both directions in one call.
std::string why_not_persistent(LstmShape const& shape);

/// Backend::benchmark_persistent_lstm, timed with events on the backend's stream. Throws Error
/// (device) if the benchmark left the GPU unusable.
LstmBenchmark benchmark_persistent(Backend& backend, cudaStream_t stream, LstmShape const& shape);

}  // namespace moneta::cuda
