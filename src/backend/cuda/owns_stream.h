// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

namespace moneta::cuda {

/// What queues its calls on one stream.
class OwnsStream {
 public:
  virtual ~OwnsStream() = default;
  virtual cudaStream_t stream() const = 0;
};

}  // namespace moneta::cuda
