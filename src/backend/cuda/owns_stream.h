// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

namespace moneta::cuda {

/// What queues its calls on one stream; every backend of this folder does. What works beside it is
/// on its GPU, which the calling thread has selected.
class OwnsStream {
 public:
  virtual ~OwnsStream() = default;
  virtual cudaStream_t stream() const = 0;
  /// A library beside it took these bytes of the device: memory_use() tells them from now on.
  virtual void note_taken(std::size_t bytes) = 0;
};

}  // namespace moneta::cuda
