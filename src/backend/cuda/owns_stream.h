// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "backend/cuda/streams.h"

namespace moneta::cuda {

/// A backend that queues its calls on CUDA streams of its own, as the backend of this folder does.
/// Code that uses the streams must run in a thread that has selected the backend's GPU.
class OwnsStream {
 public:
  virtual ~OwnsStream() = default;
  virtual Streams& streams() = 0;
  /// Adds memory that a library took outside of the backend to memory_use().
  virtual void note_taken(std::size_t bytes) = 0;
};

}  // namespace moneta::cuda
