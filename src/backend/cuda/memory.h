// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "backend/backend.h"
#include "backend/cuda/handles.h"

namespace moneta::cuda {

/// Memory of the current GPU, uninitialised. The constructor throws OutOfMemory if there is not
/// enough.
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

/// What is taken of the current GPU now, and will be by kernels of other batches than were used
/// yet: libraries load a kernel's code when it is first used.
DeviceMemoryUse memory_use_now();

/// Memory of the host that the GPU reads and writes by itself. The constructor throws Error
/// (device) if there is not enough.
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

/// Copies from any host memory to the GPU without making the caller wait for the stream: through
/// two pinned buffers in turn.
class Uploader {
 public:
  Uploader();
  /// Queues the copy; `host` may be changed once this returns. Waits only while both buffers are on
  /// their way.
  void upload(void* device, void const* host, std::size_t bytes, cudaStream_t stream);

 private:
  struct Buffer {
    PinnedMemory memory;
    Event sent;
  };
  std::array<Buffer, 2> buffers_;
  std::size_t turn_ = 0;
};

}  // namespace moneta::cuda
