// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/memory.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace moneta::cuda {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{4} << 20;

void* allocate(std::size_t bytes) {
  void* memory = nullptr;
  if (bytes > 0) MONETA_CUDA(cudaMalloc(&memory, bytes), fmt::format("{} MiB", bytes >> 20));
  return memory;
}

void* allocate_pinned(std::size_t bytes) {
  void* memory = nullptr;
  if (bytes == 0) return nullptr;
  // Not OutOfMemory: a plan that needs less GPU memory would need more host memory.
  cudaError_t const status = cudaMallocHost(&memory, bytes);
  if (status != cudaSuccess) (void)cudaGetLastError();
  MONETA_REQUIRE(
      status == cudaSuccess, device,
      "the host cannot provide {} MiB of pinned memory ({}). Give this rank fewer coins (placement, or more ranks), lower model.hidden, or use a machine with more memory?",
      bytes >> 20, cudaGetErrorString(status));
  return memory;
}

}  // namespace

DeviceMemoryUse memory_use_now() {
  constexpr std::size_t kernels_of_other_batches = std::size_t{64} << 20;
  std::size_t free = 0, total = 0;
  MONETA_CUDA(cudaMemGetInfo(&free, &total));
  return {total, total - free + kernels_of_other_batches};
}

CudaMemory::CudaMemory(std::size_t bytes) : data_(allocate(bytes)), bytes_(bytes) {}

PinnedMemory::PinnedMemory(std::size_t bytes) : data_(allocate_pinned(bytes)), bytes_(bytes) {}

Uploader::Uploader()
    : buffers_{Buffer{PinnedMemory(buffer_bytes), make_event()},
               Buffer{PinnedMemory(buffer_bytes), make_event()}} {}

void Uploader::upload(void* device, void const* host, std::size_t bytes, cudaStream_t stream) {
  for (std::size_t done = 0; done < bytes;) {
    std::size_t const count = std::min(buffer_bytes, bytes - done);
    Buffer& buffer = buffers_[uploads_++ % buffers_.size()];
    MONETA_CUDA(cudaEventSynchronize(buffer.sent));  // returns at once if it was never recorded
    std::memcpy(buffer.memory.data(), static_cast<std::byte const*>(host) + done, count);
    MONETA_CUDA(cudaMemcpyAsync(static_cast<std::byte*>(device) + done, buffer.memory.data(), count,
                                cudaMemcpyHostToDevice, stream),
                fmt::format("{} bytes", count));
    MONETA_CUDA(cudaEventRecord(buffer.sent, stream));
    done += count;
  }
}

}  // namespace moneta::cuda
