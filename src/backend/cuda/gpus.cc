// SPDX-License-Identifier: Apache-2.0
#include "backend/gpus.h"

#include <cuda_runtime_api.h>

#include <iomanip>
#include <sstream>

#include "backend/cuda/selected.h"
#include "base/error.h"

namespace moneta {

GpuCount count_gpus() {
  int count = 0;
  cudaError_t const status = cudaGetDeviceCount(&count);
  (void)cudaGetLastError();
  if (status == cudaErrorNoDevice) return {0, "this machine has no GPU"};
  if (status == cudaErrorInsufficientDriver) {
    return {0, "no driver of NVIDIA is installed, or it is too old for this build"};
  }
  if (status != cudaSuccess) return {0, cat("CUDA says: ", cudaGetErrorString(status))};
  return {static_cast<std::size_t>(count), count == 0 ? "this machine has no GPU" : ""};
}

void cuda::require_gpu(std::size_t number) {
  GpuCount const gpus = count_gpus();
  MONETA_REQUIRE(number < gpus.count, device, "there is no GPU ", number, " (",
                 gpus.count == 0 ? gpus.why_none : cat("there are ", gpus.count),
                 "). Set device.kind=auto?");
}

std::string gpu_identity(std::size_t number) {
  cuda::require_gpu(number);
  cudaDeviceProp properties{};
  MONETA_CUDA(cudaGetDeviceProperties(&properties, static_cast<int>(number)), cat("GPU ", number));
  std::ostringstream text;
  text << "GPU" << std::hex << std::setfill('0');
  for (std::size_t i = 0; i < sizeof properties.uuid.bytes; ++i) {
    bool const starts_group = i == 0 || i == 4 || i == 6 || i == 8 || i == 10;
    text << (starts_group ? "-" : "") << std::setw(2)
         << unsigned{static_cast<unsigned char>(properties.uuid.bytes[i])};
  }
  return std::move(text).str();
}

}  // namespace moneta
