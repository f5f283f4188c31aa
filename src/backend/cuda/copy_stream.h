// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/copy_stream.h"
#include "backend/cuda/streams.h"

namespace moneta::cuda {

/// Copies on a stream of its own, synchronized with the backend's streams by events. `ordinal` is
/// the CUDA device of `streams`, which must outlive the result.
std::unique_ptr<CopyStream> make_copy_stream(Streams& streams, int ordinal);

}  // namespace moneta::cuda
