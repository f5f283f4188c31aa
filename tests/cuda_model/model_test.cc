// SPDX-License-Identifier: Apache-2.0
// Tests of the checks of the model. They are compiled by g++ without nvcc: kernels are registered
// here as nvcc's code does it.
#include "cuda_model/model_test.h"

#include <cstdio>
#include <cstring>

#include "backend/functors.h"

extern "C" void __cudaRegisterFunction(void**, char const*, char*, char const*, int, uint3*, uint3*,
                                       dim3*, dim3*, int*);

namespace cuda_model_test {
namespace {

/// The addresses stand for the kernels, like those of nvcc's host functions.
char const fill_kernel = 0, unknown_kernel = 0;

void register_kernels() {
  // for_each_kernel<RowRepeater> in an anonymous namespace of moneta::cuda
  __cudaRegisterFunction(nullptr, &fill_kernel, nullptr,
                         "_ZN6moneta4cuda12_GLOBAL__N_115for_each_kernelINS_11RowRepeaterEEEvmT_",
                         -1, nullptr, nullptr, nullptr, nullptr, nullptr);
  __cudaRegisterFunction(nullptr, &unknown_kernel, nullptr, "_Z10new_kernelv", -1, nullptr, nullptr,
                         nullptr, nullptr, nullptr);
}

}  // namespace

cudaError_t launch_fill(float const* b, float* y, std::size_t count, cudaStream_t stream,
                        unsigned threads_per_block) {
  moneta::RowRepeater functor{b, 1, y};
  void* arguments[] = {&count, &functor};
  auto const blocks = static_cast<unsigned>((count + threads_per_block - 1) /
                                            (threads_per_block == 0 ? 1 : threads_per_block));
  return cudaLaunchKernel(&fill_kernel, dim3(blocks), dim3(threads_per_block), arguments, 0,
                          stream);
}

cudaError_t launch_unknown(cudaStream_t stream) {
  void* arguments[] = {nullptr};
  return cudaLaunchKernel(&unknown_kernel, dim3(1), dim3(1), arguments, 0, stream);
}

}  // namespace cuda_model_test

/// With the argument `free_mib` it is a process that uses the device beside a test, and prints how
/// many MiB it finds free.
int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "free_mib") == 0) {
    std::size_t free = 0, total = 0;
    cuda_model_test::require(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
    std::printf("%zu\n", free >> 20);
    return 0;
  }
  testing::InitGoogleTest(&argc, argv);
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // CUDA does not survive a fork
  cuda_model_test::register_kernels();
  return RUN_ALL_TESTS();
}
