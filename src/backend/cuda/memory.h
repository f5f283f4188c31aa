// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "backend/backend.h"
#include "backend/cuda/handles.h"

namespace moneta::cuda {

/// Uninitialized memory of the current GPU. The constructor throws OutOfMemory if the GPU does not
/// have enough.
class CudaMemory : public DeviceMemory {
 public:
  explicit CudaMemory(std::size_t bytes);
  void* data() override { return data_.get(); }
  std::size_t bytes() const override { return bytes_; }

 private:
  struct Free {
    void operator()(void* memory) const { (void)cudaFree(memory); }
  };
  std::unique_ptr<void, Free> data_;
  std::size_t bytes_;
};

/// Memory in use on the current GPU, plus an allowance for kernels that other batch sizes will
/// need: libraries load the code of a kernel when it is first used.
DeviceMemoryUse memory_use_now();

/// Pinned host memory, which the GPU can access directly. The constructor throws Error (device) if
/// the host does not have enough.
class PinnedMemory : public DeviceMemory {
 public:
  explicit PinnedMemory(std::size_t bytes);
  void* data() override { return data_.get(); }
  std::size_t bytes() const override { return bytes_; }

 private:
  struct Free {
    void operator()(void* memory) const { (void)cudaFreeHost(memory); }
  };
  std::unique_ptr<void, Free> data_;
  std::size_t bytes_;
};

/// Copies from pageable host memory to the GPU through two alternating pinned buffers, so that the
/// caller does not wait for the stream.
class Uploader {
 public:
  Uploader();
  /// Queues the copy; `host` may be changed once this returns. Waits only while both buffers are in
  /// transit.
  void upload(void* device, void const* host, std::size_t bytes, cudaStream_t stream);

 private:
  struct Buffer {
    PinnedMemory memory;
    Event sent;
  };
  std::array<Buffer, 2> buffers_;
  std::size_t uploads_ = 0;  // parts that were copied so far
};

}  // namespace moneta::cuda
