// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/copy_stream.h"
#include "backend/cuda/handles.h"

namespace moneta::cuda {

/// Copies on a stream of its own, tied to the `computing` stream by events.
std::unique_ptr<CopyStream> make_copy_stream(cudaStream_t computing);

}  // namespace moneta::cuda
