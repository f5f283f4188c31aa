// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/copy_stream.h"
#include "backend/cuda/handles.h"

namespace moneta::cuda {

/// Copies on a stream of its own, synchronized with the `compute` stream by events.
std::unique_ptr<CopyStream> make_copy_stream(cudaStream_t compute);

}  // namespace moneta::cuda
