// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

/// For tests of the model itself. Every case runs in a process of its own, because the model ends
/// the process at a misuse and reads its settings once.
namespace cuda_model_test {

/// Ends the process with status 2 if a call fails that the case does not test.
inline void require(cudaError_t status, char const* call) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "%s: %s\n", call, cudaGetErrorName(status));
  std::_Exit(2);
}
#define REQUIRE_CUDA(call) ::cuda_model_test::require((call), #call)

/// Variables of the environment, until the end of the scope.
class Settings {
 public:
  Settings(std::initializer_list<std::pair<std::string, std::string>> values) : values_(values) {
    for (auto const& [name, value] : values_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  Settings(Settings const&) = delete;
  Settings& operator=(Settings const&) = delete;
  ~Settings() {
    for (auto const& [name, value] : values_) ::unsetenv(name.c_str());
  }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// Accepts every exit status and keeps it.
class KeepStatus {
 public:
  explicit KeepStatus(int& status) : status_(&status) {}
  bool operator()(int status) const {
    *status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return true;
  }

 private:
  int* status_;
};

inline cudaStream_t new_stream() {
  cudaStream_t stream = nullptr;
  REQUIRE_CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return stream;
}
inline cudaEvent_t new_event(unsigned flags = cudaEventDisableTiming) {
  cudaEvent_t event = nullptr;
  REQUIRE_CUDA(cudaEventCreateWithFlags(&event, flags));
  return event;
}
inline char* new_device_memory(std::size_t bytes) {
  void* memory = nullptr;
  REQUIRE_CUDA(cudaMalloc(&memory, bytes));
  return static_cast<char*>(memory);
}
inline char* new_pinned_memory(std::size_t bytes) {
  void* memory = nullptr;
  REQUIRE_CUDA(cudaMallocHost(&memory, bytes));
  return static_cast<char*>(memory);
}
/// The first byte of device memory, after all work of the stream.
inline int first_byte(char const* device, cudaStream_t stream) {
  char byte = 0;
  REQUIRE_CUDA(cudaMemcpyAsync(&byte, device, 1, cudaMemcpyDeviceToHost, stream));
  return byte;
}

/// Launches the kernel that fills y [count] with b[0], which lies in device memory.
cudaError_t launch_fill(float const* b, float* y, std::size_t count, cudaStream_t stream,
                        unsigned threads_per_block = 256);
/// Launches a kernel that the model does not have.
cudaError_t launch_unknown(cudaStream_t stream);

}  // namespace cuda_model_test

/// Expects that the statement ends the process as a misuse, with this regular expression in its
/// message.
#define EXPECT_MISUSE(statement, message) \
  EXPECT_EXIT(statement, testing::ExitedWithCode(99), "CUDA model: .*" message)

/// Expects that the function returns true, in a process of its own.
#define EXPECT_IN_PROCESS(...) \
  EXPECT_EXIT(std::exit((__VA_ARGS__)() ? 0 : 1), testing::ExitedWithCode(0), "")
