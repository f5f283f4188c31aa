// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

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

/// Memory in use on the current GPU, and an allowance for kernels that other batch sizes will need.
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

/// Pinned buffers of one size that are used in turn.
class UploadRing {
 public:
  UploadRing(std::size_t buffers, std::size_t buffer_bytes);
  std::size_t buffer_bytes() const { return buffer_bytes_; }
  /// Queues the copy of at most buffer_bytes. Waits while all buffers are in transit.
  void upload(void* device, void const* host, std::size_t bytes, cudaStream_t stream);

 private:
  std::size_t buffer_bytes_;
  PinnedMemory memory_;      // all buffers
  std::vector<Event> sent_;  // one for each buffer
  std::size_t uploads_ = 0;  // so far
};

/// Copies from pageable host memory to the GPU through pinned buffers, so that the caller does not
/// wait for the stream. A micro-batch is one small block: there are small buffers for many of them,
/// so that the host can queue the next ones while the GPU computes. Large arrays alternate between
/// two large buffers.
class Uploader {
 public:
  Uploader();
  /// Queues the copy; `host` may be changed once this returns. Waits only while all buffers that it
  /// could use are in transit.
  void upload(void* device, void const* host, std::size_t bytes, cudaStream_t stream);

 private:
  UploadRing small_, large_;
};

}  // namespace moneta::cuda
