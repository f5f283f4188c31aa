// SPDX-License-Identifier: Apache-2.0
#include "backend/gpus.h"

#include <cuda_runtime_api.h>

#include <iomanip>
#include <sstream>

#include "backend/cuda/memory.h"
#include "backend/cuda/nccl_all_reduce.h"
#include "backend/cuda/owns_stream.h"
#include "backend/cuda/selected.h"
#include "base/error.h"

namespace moneta {
namespace {

std::size_t free_bytes() {
  std::size_t free = 0, total = 0;
  MONETA_CUDA(cudaMemGetInfo(&free, &total));
  return free;
}

}  // namespace

GpuCount count_gpus() {
  int count = 0;
  cudaError_t const status = cudaGetDeviceCount(&count);
  (void)cudaGetLastError();
  if (status == cudaErrorNoDevice) return {0, "this machine has no GPU"};
  if (status == cudaErrorInsufficientDriver) {
    return {0, "no driver of NVIDIA is installed, or it is too old for this build"};
  }
  if (status != cudaSuccess) return {0, fmt::format("CUDA says: {}", cudaGetErrorString(status))};
  return {static_cast<std::size_t>(count), count == 0 ? "this machine has no GPU" : ""};
}

void cuda::require_gpu(std::size_t number) {
  GpuCount const gpus = count_gpus();
  MONETA_REQUIRE(number < gpus.count, device, "there is no GPU {} ({}). Set device.kind=auto?",
                 number, gpus.count == 0 ? gpus.why_none : fmt::format("there are {}", gpus.count));
}

std::string gpu_identity(std::size_t number) {
  cuda::require_gpu(number);
  cudaDeviceProp properties{};
  MONETA_CUDA(cudaGetDeviceProperties(&properties, static_cast<int>(number)),
              fmt::format("GPU {}", number));
  std::ostringstream text;
  text << "GPU" << std::hex << std::setfill('0');
  for (std::size_t i = 0; i < sizeof properties.uuid.bytes; ++i) {
    bool const starts_group = i == 0 || i == 4 || i == 6 || i == 8 || i == 10;
    text << (starts_group ? "-" : "") << std::setw(2)
         << unsigned{static_cast<unsigned char>(properties.uuid.bytes[i])};
  }
  return std::move(text).str();
}

std::unique_ptr<GradientAllReduce> make_gpu_all_reduce(Backend& backend, GpuTeamMember const& place,
                                                       std::size_t count,
                                                       std::function<void()> idle) {
  auto* const queue = dynamic_cast<cuda::OwnsStream*>(&backend);
  MONETA_REQUIRE(
      queue, device,
      "backend: NCCL was to sum arrays of {} (it sums those of CUDA's backend). This is a mistake in the program; please report it.",
      backend.description());
  std::size_t const before = free_bytes();
  auto sum = cuda::make_nccl_all_reduce(queue->stream(), place, count, std::move(idle));
  {
    // NCCL connects members, and loads its code, when they first sum an array of this size.
    cuda::CudaMemory zeros(count * sizeof(float));
    backend.zero(zeros.data(), zeros.bytes());
    sum->sum(span_of<float>(zeros));
  }
  // What another process on this GPU took meanwhile counts too: it is gone as well.
  std::size_t const after = free_bytes();
  if (after < before) queue->note_taken(before - after);
  return sum;
}

}  // namespace moneta
