// SPDX-License-Identifier: Apache-2.0
// What nvcc's code calls: it registers each kernel by its mangled name and the address of a host
// function that stands for it, and launches it with pointers to the arguments.
#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "cuda_model/capture.h"
#include "cuda_model/entry_point.h"
#include "cuda_model/failures.h"
#include "cuda_model/kernels.h"
#include "cuda_model/report.h"
#include "cuda_model/streams.h"

using namespace cuda_model;

namespace {

struct Registered {
  std::string signature, name;
  Kernel kernel = nullptr;
  int most_threads = 0;  // from __launch_bounds__; not positive: no bound
};

std::map<void const*, Registered>& registered() {
  static auto* const all = new std::map<void const*, Registered>;
  return *all;
}

struct Configuration {
  dim3 grid, block;
  std::size_t shared_bytes;
  cudaStream_t stream;
};
thread_local std::vector<Configuration> configurations;

/// The limits of "Technical Specifications per Compute Capability" in the programming guide, which
/// hold for 5.0 to 12.x.
bool is_valid(dim3 grid, dim3 block, std::size_t shared_bytes, int most_threads) {
  constexpr unsigned most_blocks_x = 0x7fffffff, most_blocks = 65535, most_threads_z = 64;
  constexpr std::uint64_t most_threads_of_all = 1024;
  constexpr std::size_t most_shared_bytes = std::size_t{48} << 10;
  std::uint64_t const threads = std::uint64_t{block.x} * block.y * block.z;
  bool const is_empty = threads == 0 || grid.x == 0 || grid.y == 0 || grid.z == 0;
  bool const is_too_large = threads > most_threads_of_all || block.z > most_threads_z ||
                            grid.x > most_blocks_x || grid.y > most_blocks ||
                            grid.z > most_blocks || shared_bytes > most_shared_bytes;
  bool const is_in_bounds =
      most_threads <= 0 || threads <= static_cast<std::uint64_t>(most_threads);
  return !is_empty && !is_too_large && is_in_bounds;
}

Registered const& find(void const* function) {
  auto const found = registered().find(function);
  if (found == registered().end()) misuse("cudaLaunchKernel", "the function is not a kernel");
  if (found->second.kernel == nullptr) {
    misuse("cudaLaunchKernel",
           fmt::format("the model does not have the kernel {} (add it to kernels.cc)",
                       found->second.signature));
  }
  return found->second;
}

cudaError_t launch_kernel(void const* function, dim3 grid, dim3 block, void** arguments,
                          std::size_t shared_bytes, cudaStream_t handle) {
  constexpr int oldest_capability = 80;  // Moneta's programs contain no code for older ones
  constexpr char const* call = "cudaLaunchKernel";
  if (capability() < oldest_capability) return cudaErrorNoKernelImageForDevice;
  Registered const& kernel = find(function);
  CUstream_st& stream = checked(call, handle);
  cudaError_t const status = capture_status(stream);
  if (status != cudaSuccess) return status;
  if (!is_valid(grid, block, shared_bytes, kernel.most_threads))
    return cudaErrorInvalidConfiguration;
  if (grid.y != 1 || grid.z != 1 || block.z != 1) {
    misuse(call, kernel.name + ": a grid of several axes and a block of three are not modeled");
  }
  count("launches/" + kernel.name);
  Operation operation = kernel.kernel({grid.x, block.x, block.y, arguments});
  if (is_faulting_launch()) {
    operation = [device = stream.device] { set_sticky_error(device, cudaErrorIllegalAddress); };
  }
  // Operations are named by the kernel; registered ones stay for ever.
  enqueue(handle, kernel.name.c_str(), std::move(operation));
  return cudaSuccess;
}

}  // namespace

extern "C" {

void** __cudaRegisterFatBinary(void* /*binary*/) {
  static void* handle = nullptr;
  return &handle;
}
void __cudaRegisterFatBinaryEnd(void** /*handle*/) {}
void __cudaUnregisterFatBinary(void** /*handle*/) {}

void __cudaRegisterFunction(void** /*handle*/, char const* function, char* /*device_function*/,
                            char const* mangled, int most_threads, uint3* /*thread*/,
                            uint3* /*block*/, dim3* /*block_size*/, dim3* /*grid_size*/,
                            int* /*warp_size*/) {
  char* const text = abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr);
  std::string const signature = text == nullptr ? mangled : text;
  std::free(text);
  auto const lock = lock_model();
  registered()[function] = {signature, short_name(signature), find_kernel(signature), most_threads};
}

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared_bytes,
                                     CUstream_st* stream) {
  configurations.push_back({grid, block, shared_bytes, stream});
  return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared_bytes,
                                       void* stream) {
  if (configurations.empty()) misuse(__func__, "no launch is configured");
  Configuration const latest = configurations.back();
  configurations.pop_back();
  *grid = latest.grid;
  *block = latest.block;
  *shared_bytes = latest.shared_bytes;
  *static_cast<cudaStream_t*>(stream) = latest.stream;
  return cudaSuccess;
}

cudaError_t __cudaGetKernel(cudaKernel_t* kernel, void const* function) {
  *kernel = reinterpret_cast<cudaKernel_t>(const_cast<void*>(function));
  return cudaSuccess;
}
cudaError_t cudaLaunchKernel(void const* function, dim3 grid, dim3 block, void** arguments,
                             std::size_t shared_bytes, cudaStream_t stream) {
  return entry(__func__, [&] {
    return launch_kernel(function, grid, block, arguments, shared_bytes, stream);
  });
}
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments,
                               std::size_t shared_bytes, cudaStream_t stream) {
  return cudaLaunchKernel(kernel, grid, block, arguments, shared_bytes, stream);
}

}  // extern "C"
