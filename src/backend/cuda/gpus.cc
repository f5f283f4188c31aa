// SPDX-License-Identifier: Apache-2.0
#include "backend/gpus.h"

#include <cuda_runtime_api.h>

#include "backend/cuda/check.h"
#include "backend/cuda/selected.h"
#include "base/error.h"

namespace moneta {

GpuCount count_gpus() {
  int count = 0;
  cudaError_t const status = cudaGetDeviceCount(&count);
  (void)cudaGetLastError();
  if (status == cudaErrorNoDevice) return usable_gpus({});
  if (status == cudaErrorInsufficientDriver) {
    return {0, "no NVIDIA driver is installed, or it is too old for this build", {}};
  }
  if (status != cudaSuccess) {
    return {0, fmt::format("CUDA reports: {}", cudaGetErrorString(status)), {}};
  }
  std::vector<GpuInfo> all;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    cudaDeviceProp gpu{};
    MONETA_CUDA(cudaGetDeviceProperties(&gpu, ordinal), fmt::format("GPU {}", ordinal));
    all.push_back({static_cast<std::size_t>(ordinal), gpu.name, gpu.major, gpu.minor,
                   static_cast<std::size_t>(gpu.multiProcessorCount)});
  }
  return usable_gpus(all);
}

GpuInfo cuda::require_gpu(std::size_t number) {
  GpuCount const gpus = count_gpus();
  MONETA_REQUIRE(
      number < gpus.count, device, "there is no GPU {} ({}). Set device.kind=auto?", number,
      gpus.count == 0 ? gpus.why_none : fmt::format("GPUs 0 to {} exist", gpus.count - 1));
  return gpus.usable[number];
}

std::string gpu_identity(std::size_t number) {
  GpuInfo const gpu = cuda::require_gpu(number);
  cudaDeviceProp properties{};
  MONETA_CUDA(cudaGetDeviceProperties(&properties, static_cast<int>(gpu.ordinal)),
              fmt::format("GPU {}", number));
  std::string text = "GPU";
  for (std::size_t i = 0; i < sizeof properties.uuid.bytes; ++i) {
    bool const starts_group = i == 0 || i == 4 || i == 6 || i == 8 || i == 10;
    text += fmt::format("{}{:02x}", starts_group ? "-" : "",
                        unsigned{static_cast<unsigned char>(properties.uuid.bytes[i])});
  }
  return text;
}

}  // namespace moneta
