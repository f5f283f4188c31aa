// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/memory.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace moneta::cuda {
namespace {

constexpr std::size_t small_buffers = 16, small_buffer_bytes = std::size_t{256} << 10;
constexpr std::size_t large_buffers = 2, large_buffer_bytes = std::size_t{4} << 20;

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
  return {total, total - free, kernels_of_other_batches};
}

CudaMemory::CudaMemory(std::size_t bytes) : data_(allocate(bytes)), bytes_(bytes) {}

PinnedMemory::PinnedMemory(std::size_t bytes) : data_(allocate_pinned(bytes)), bytes_(bytes) {}

UploadRing::UploadRing(std::size_t buffers, std::size_t buffer_bytes)
    : buffer_bytes_(buffer_bytes), memory_(buffers * buffer_bytes) {
  for (std::size_t i = 0; i < buffers; ++i) {
    sent_.push_back(make_event(cudaEventDisableTiming | cudaEventBlockingSync));
  }
}

void UploadRing::upload(void* device, void const* host, std::size_t bytes, cudaStream_t stream) {
  std::size_t const i = uploads_++ % sent_.size();
  std::byte* const buffer = static_cast<std::byte*>(memory_.data()) + i * buffer_bytes_;
  MONETA_CUDA(cudaEventSynchronize(sent_[i]));  // returns at once if it was never recorded
  std::memcpy(buffer, host, bytes);
  MONETA_CUDA(cudaMemcpyAsync(device, buffer, bytes, cudaMemcpyHostToDevice, stream),
              fmt::format("{} bytes", bytes));
  MONETA_CUDA(cudaEventRecord(sent_[i], stream));
}

Uploader::Uploader()
    : small_(small_buffers, small_buffer_bytes), large_(large_buffers, large_buffer_bytes) {}

void Uploader::upload(void* device, void const* host, std::size_t bytes, cudaStream_t stream) {
  UploadRing& ring = bytes <= small_.buffer_bytes() ? small_ : large_;
  for (std::size_t done = 0; done < bytes;) {
    std::size_t const count = std::min(ring.buffer_bytes(), bytes - done);
    ring.upload(static_cast<std::byte*>(device) + done, static_cast<std::byte const*>(host) + done,
                count, stream);
    done += count;
  }
}

}  // namespace moneta::cuda
