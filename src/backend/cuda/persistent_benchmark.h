// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "backend/backend.h"

namespace moneta::cuda {

/// Why cuDNN need not be asked for its persistent algorithm: sizes that its kernels are known not
/// to have. Empty if they may have them; then only a trial tells. Bidirectional layers are tried as
/// they are, both directions in one call.
std::string why_not_persistent(LstmShape const& shape);

/// Backend::try_persistent_lstm, timed by events on the backend's stream. Throws Error (device) if
/// the trial has left the GPU unusable.
LstmBenchmark try_persistent(Backend& backend, cudaStream_t stream, LstmShape const& shape);

}  // namespace moneta::cuda
