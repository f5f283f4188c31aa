// SPDX-License-Identifier: Apache-2.0
// The entry points of the runtime that allocate memory.
#include <fmt/format.h>

#include "cuda_model/capture.h"
#include "cuda_model/entry_point.h"
#include "cuda_model/memory.h"
#include "cuda_model/pinned_memory.h"
#include "cuda_model/streams.h"

using namespace cuda_model;

namespace {

cudaError_t allocate_on_host(char const* call, void** pointer, std::size_t bytes) {
  return entry(call, [&] {
    if (pointer == nullptr) return cudaErrorInvalidValue;
    if (bytes == 0) misuse(call, "0 bytes");
    cudaError_t const refused = refuse_unsafe_call();
    return refused == cudaSuccess ? allocate_pinned(bytes, pointer) : refused;
  });
}

}  // namespace

extern "C" {

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  return entry(__func__, [&] {
    if (pointer == nullptr) return cudaErrorInvalidValue;
    if (bytes == 0) misuse("cudaMalloc", "0 bytes");
    cudaError_t const refused = refuse_unsafe_call();
    return refused == cudaSuccess ? allocate_device(current_device(), bytes, pointer) : refused;
  });
}

/// Waits for all work of the device, as the real one does (in the programming guide: "implicit
/// synchronization").
cudaError_t cudaFree(void* pointer) {
  return entry(__func__, [&] {
    if (pointer == nullptr) return cudaSuccess;
    int const device = current_device();
    cudaError_t const refused = refuse_captures_of(device);
    if (refused != cudaSuccess) return refused;
    synchronize_device("cudaFree", device);
    free_device(device, pointer);
    return cudaSuccess;
  });
}

cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) {
  return allocate_on_host(__func__, pointer, bytes);
}

cudaError_t cudaHostAlloc(void** pointer, std::size_t bytes, unsigned flags) {
  constexpr unsigned known =
      cudaHostAllocPortable | cudaHostAllocMapped | cudaHostAllocWriteCombined;
  if ((flags & ~known) != 0) return remember_error(cudaErrorInvalidValue);
  return allocate_on_host(__func__, pointer, bytes);
}

/// Does not wait, because no document promises that the real one does: memory that a copy still
/// uses is misuse.
cudaError_t cudaFreeHost(void* pointer) {
  return entry(__func__, [&] {
    if (pointer == nullptr) return cudaSuccess;
    cudaError_t const refused = refuse_unsafe_call();
    if (refused != cudaSuccess) return refused;
    if (is_in_use(pointer, pinned_bytes("cudaFreeHost", pointer))) {
      misuse("cudaFreeHost", "a copy from or to this pinned memory has not run yet");
    }
    free_pinned(pointer);
    return cudaSuccess;
  });
}

}  // extern "C"
