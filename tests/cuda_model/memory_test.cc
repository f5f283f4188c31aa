// SPDX-License-Identifier: Apache-2.0
// Memory: who can access it, how it is counted, and when copies use it.
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "cuda_model/model_test.h"

namespace cuda_model_test {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

TEST(DeviceMemory, AccessOfTheHostEndsTheProcess) {
  EXPECT_MISUSE(
      {
        char volatile* const memory = new_device_memory(100);
        memory[4] = 1;
      },
      "the host touched byte 4 of live allocation 1 \\(100 bytes on device 0\\)");
}

TEST(DeviceMemory, AccessOfTheHostAfterOperationsEndsTheProcess) {
  EXPECT_MISUSE(
      {
        char* const memory = new_device_memory(100);
        cudaStream_t const stream = new_stream();
        REQUIRE_CUDA(cudaMemsetAsync(memory, 0, 100, stream));
        REQUIRE_CUDA(cudaStreamSynchronize(stream));
        std::exit(memory[0]);
      },
      "the host touched byte 0 of live allocation 1");
}

TEST(DeviceMemory, IsNotANumberWhenNew) {
  EXPECT_IN_PROCESS([] {
    float value = 0;
    cudaStream_t const stream = new_stream();
    REQUIRE_CUDA(cudaMemcpyAsync(&value, new_device_memory(sizeof value), sizeof value,
                                 cudaMemcpyDeviceToHost, stream));
    return value != value;
  });
}

TEST(DeviceMemory, IsAccessibleToOperationsInAnyOrder) {
  Settings const lazy{{"CUDA_MODEL_SEED", "3"}};
  EXPECT_IN_PROCESS([] {
    constexpr std::size_t bytes = 2 * mib + 100, middle = 2 * mib;
    char* const memory = new_device_memory(bytes);
    std::vector<char> host(bytes);
    cudaStream_t const stream = new_stream();
    REQUIRE_CUDA(cudaMemsetAsync(memory + middle, 1, bytes - middle, stream));
    REQUIRE_CUDA(cudaMemsetAsync(memory, 2, middle + 1, stream));
    REQUIRE_CUDA(cudaMemcpyAsync(host.data(), memory, bytes, cudaMemcpyDeviceToHost, stream));
    REQUIRE_CUDA(cudaFree(memory));
    return host[0] == 2 && host[middle] == 2 && host[middle + 1] == 1 && host[bytes - 1] == 1;
  });
}

TEST(DeviceMemory, UseAfterFreeEndsTheProcess) {
  EXPECT_MISUSE(
      {
        char* const memory = new_device_memory(4096);
        REQUIRE_CUDA(cudaFree(memory));
        (void)cudaMemsetAsync(memory, 0, 1, new_stream());
      },
      "cudaMemsetAsync: the memory points to byte 0 of freed allocation 1");
}

TEST(DeviceMemory, FreeOfAnotherPointerOrTwiceEndsTheProcess) {
  EXPECT_MISUSE((void)cudaFree(new_device_memory(100) + 1),
                "cudaFree: the pointer is byte 1 of live");
  EXPECT_MISUSE((void)cudaFree(new_pinned_memory(100)), "cudaFree: .*is not device memory");
  EXPECT_MISUSE(
      {
        char* const memory = new_device_memory(100);
        REQUIRE_CUDA(cudaFree(memory));
        (void)cudaFree(memory);
      },
      "cudaFree: the pointer points to byte 0 of freed allocation 1");
}

TEST(DeviceMemory, KernelThatLeavesItEndsTheProcess) {
  auto const fill = [](std::size_t bytes, std::size_t count) {
    auto* const b = reinterpret_cast<float*>(new_device_memory(sizeof(float)));
    auto* const y = reinterpret_cast<float*>(new_device_memory(bytes));
    cudaStream_t const stream = new_stream();
    REQUIRE_CUDA(cudaMemsetAsync(b, 0, sizeof *b, stream));
    REQUIRE_CUDA(launch_fill(b, y, count, stream));
    REQUIRE_CUDA(cudaStreamSynchronize(stream));
  };
  EXPECT_MISUSE(fill(4096, 1025), "RowRepeater on device 0 touched 0 bytes after the end of live");
  // The alignment leaves 156 bytes between this allocation and the end of its page.
  EXPECT_MISUSE(fill(100, 26), "RowRepeater: something wrote after the end");
}

TEST(DeviceMemory, KernelWithHostMemoryEndsTheProcess) {
  EXPECT_MISUSE(
      {
        float value = 0;
        (void)launch_fill(&value, &value, 1, new_stream());
      },
      "for_each_kernel: an array .*is not device memory");
}

TEST(DeviceMemory, IsCountedInGranules) {
  EXPECT_IN_PROCESS([] {
    std::size_t before = 0, small = 0, large = 0, after = 0, total = 0;
    REQUIRE_CUDA(cudaMemGetInfo(&before, &total));
    char* const first = new_device_memory(1000);
    char* const second = new_device_memory(1000);
    REQUIRE_CUDA(cudaMemGetInfo(&small, &total));
    char* const third = new_device_memory(3 * mib);
    REQUIRE_CUDA(cudaMemGetInfo(&large, &total));
    for (char* const each : {first, second, third}) REQUIRE_CUDA(cudaFree(each));
    REQUIRE_CUDA(cudaMemGetInfo(&after, &total));
    return total == 8192 * mib && before == total - 300 * mib && small == before - 2 * mib &&
           large == small - 4 * mib && after == before;
  });
}

TEST(DeviceMemory, EndsWhenTheDeviceIsFull) {
  Settings const settings{{"CUDA_MODEL_MEMORY_MIB", "310"}, {"CUDA_MODEL_CONTEXT_MIB", "300"}};
  EXPECT_IN_PROCESS([] {
    void* memory = nullptr;
    char* const first = new_device_memory(8 * mib);
    bool const is_full = cudaMalloc(&memory, 3 * mib) == cudaErrorMemoryAllocation;
    REQUIRE_CUDA(cudaFree(first));
    return is_full && cudaMalloc(&memory, 3 * mib) == cudaSuccess;
  });
}

/// What another process finds free on the device.
long free_mib_elsewhere() {
  FILE* const other = ::popen(
      (std::filesystem::read_symlink("/proc/self/exe").string() + " free_mib").c_str(), "r");
  long free = -1;
  if (other == nullptr || std::fscanf(other, "%ld", &free) != 1) return -1;
  ::pclose(other);
  return free;
}

TEST(DeviceMemory, IsSharedWithOtherProcesses) {
  std::string const table = testing::TempDir() + "cuda_model_shared";
  std::filesystem::remove(table);
  Settings const settings{{"CUDA_MODEL_SHARED", table},
                          {"CUDA_MODEL_MEMORY_MIB", "1000"},
                          {"CUDA_MODEL_CONTEXT_MIB", "100"}};
  EXPECT_IN_PROCESS([] {
    new_device_memory(64 * mib);
    return free_mib_elsewhere() == 1000 - 100 - 64 - 100;
  });
  EXPECT_EQ(free_mib_elsewhere(), 1000 - 100) << "the process with the 64 MiB has ended";
  std::filesystem::remove(table);
}

TEST(DeviceMemory, LeaksAreReported) {
  EXPECT_EXIT(
      {
        new_device_memory(77);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "CUDA model: leaked device memory: .*77 bytes");
  Settings const settings{{"CUDA_MODEL_STRICT_LEAKS", "1"}};
  EXPECT_MISUSE(
      {
        new_stream();
        std::exit(0);
      },
      "exit: 1 objects were never destroyed");
}

TEST(Copy, RefusesWhatTheRealOneRefuses) {
  EXPECT_IN_PROCESS([] {
    char host = 0;
    return cudaMemcpyAsync(nullptr, &host, 1, cudaMemcpyHostToDevice, new_stream()) ==
               cudaErrorInvalidValue &&
           cudaGetLastError() == cudaErrorInvalidValue && cudaGetLastError() == cudaSuccess;
  });
}

TEST(Copy, ThatCorruptsMemoryEndsTheProcess) {
  auto const copy = [](std::size_t bytes, std::size_t offset, cudaMemcpyKind kind) {
    char* const memory = new_device_memory(100);
    (void)cudaMemcpyAsync(memory + offset, memory, bytes, kind, new_stream());
  };
  EXPECT_MISUSE(copy(50, 60, cudaMemcpyDeviceToDevice),
                "of 50 bytes leaves its allocation by 10 bytes");
  EXPECT_MISUSE(copy(50, 10, cudaMemcpyDeviceToDevice), "source and destination overlap");
  EXPECT_MISUSE(copy(10, 50, cudaMemcpyHostToDevice),
                "cudaMemcpyKind 1 for a copy from device to device");
}

/// Copies 1 from host memory, which becomes 2 at once, and returns what the device gets.
int copied_before_reuse(char* host) {
  char* const memory = new_device_memory(1);
  cudaStream_t const stream = new_stream();
  *host = 1;
  REQUIRE_CUDA(cudaMemcpyAsync(memory, host, 1, cudaMemcpyHostToDevice, stream));
  *host = 2;
  return first_byte(memory, stream);
}

TEST(Copy, ReadsPinnedMemoryWhenItRuns) {
  Settings const lazy{{"CUDA_MODEL_SEED", "3"}};
  EXPECT_IN_PROCESS([] { return copied_before_reuse(new_pinned_memory(1)) == 2; });
}

TEST(Copy, ReadsPageableMemoryAtOnce) {
  Settings const lazy{{"CUDA_MODEL_SEED", "3"}};
  EXPECT_IN_PROCESS([] {
    char host = 0;
    return copied_before_reuse(&host) == 1;
  });
}

TEST(Copy, ToPinnedMemoryIsCompleteOnlyAfterAWait) {
  Settings const lazy{{"CUDA_MODEL_SEED", "3"}};
  EXPECT_IN_PROCESS([] {
    char *const memory = new_device_memory(1), *const host = new_pinned_memory(1);
    cudaStream_t const stream = new_stream();
    *host = 5;
    REQUIRE_CUDA(cudaMemsetAsync(memory, 7, 1, stream));
    REQUIRE_CUDA(cudaMemcpyAsync(host, memory, 1, cudaMemcpyDeviceToHost, stream));
    bool const was_old = *host == 5;
    REQUIRE_CUDA(cudaStreamSynchronize(stream));
    return was_old && *host == 7;
  });
}

TEST(PinnedMemory, ThatACopyStillUsesCannotBeFreed) {
  Settings const lazy{{"CUDA_MODEL_SEED", "3"}};
  EXPECT_MISUSE(
      {
        char* const host = new_pinned_memory(8);
        REQUIRE_CUDA(
            cudaMemcpyAsync(new_device_memory(8), host, 8, cudaMemcpyHostToDevice, new_stream()));
        (void)cudaFreeHost(host);
      },
      "cudaFreeHost: a copy from or to this pinned memory has not run yet");
}

TEST(PinnedMemory, OverrunIsNoticed) {
  EXPECT_MISUSE(
      {
        char* const host = new_pinned_memory(8);
        std::memset(host, 1, 9);
        (void)cudaFreeHost(host);
      },
      "something wrote after the end of 8 bytes of pinned memory");
}

}  // namespace
}  // namespace cuda_model_test
