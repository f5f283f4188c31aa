// SPDX-License-Identifier: Apache-2.0
// Failures: those that the environment asks for, faults, and calls that are taken away.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cuda_model/model_test.h"

namespace cuda_model_test {
namespace {

std::vector<cudaError_t> errors_of_allocations(int count) {
  std::vector<cudaError_t> errors;
  for (int i = 0; i < count; ++i) {
    void* memory = nullptr;
    errors.push_back(i % 2 == 0 ? cudaMalloc(&memory, 1) : cudaMallocHost(&memory, 1));
  }
  return errors;
}

TEST(InjectedFailure, MeetsTheChosenCalls) {
  Settings const settings{{"CUDA_MODEL_FAIL", "cudaMalloc:2:2:1,allocation:4:1:2"}};
  EXPECT_IN_PROCESS([] {
    return errors_of_allocations(6) ==
           std::vector{cudaSuccess,           cudaSuccess,           cudaErrorMemoryAllocation,
                       cudaErrorInvalidValue, cudaErrorInvalidValue, cudaSuccess};
  });
}

TEST(InjectedFailure, OfABadRuleEndsTheProcess) {
  Settings const settings{{"CUDA_MODEL_FAIL", "cudaMalloc:x:2"}};
  EXPECT_MISUSE(new_device_memory(1), "'x' in 'cudaMalloc:x:2' is not a number");
}

TEST(InjectedHang, NeverReturns) {
  Settings const settings{{"CUDA_MODEL_HANG", "cudaDeviceSynchronize:2"}};
  EXPECT_EXIT(
      {
        REQUIRE_CUDA(cudaDeviceSynchronize());
        ::alarm(1);
        (void)cudaDeviceSynchronize();
      },
      testing::KilledBySignal(SIGALRM), "");
}

TEST(InjectedFault, MakesAllLaterCallsFail) {
  Settings const settings{{"CUDA_MODEL_FAULT", "2"}, {"CUDA_MODEL_SEED", "3"}};
  EXPECT_IN_PROCESS([] {
    auto* const memory = reinterpret_cast<float*>(new_device_memory(8));
    cudaStream_t const stream = new_stream();
    REQUIRE_CUDA(cudaMemsetAsync(memory, 0, 8, stream));
    REQUIRE_CUDA(launch_fill(memory, memory + 1, 1, stream));
    REQUIRE_CUDA(cudaStreamSynchronize(stream));
    REQUIRE_CUDA(launch_fill(memory, memory + 1, 1, stream));
    void* more = nullptr;
    return cudaStreamSynchronize(stream) == cudaErrorIllegalAddress &&
           cudaGetLastError() == cudaErrorIllegalAddress &&
           cudaGetLastError() == cudaErrorIllegalAddress &&
           cudaMalloc(&more, 1) == cudaErrorIllegalAddress &&
           cudaStreamSynchronize(stream) == cudaErrorIllegalAddress;
  });
}

TEST(Launch, RefusesWhatTheDeviceCannotRun) {
  auto const launch = [](std::size_t count, unsigned threads) {
    auto* const memory = reinterpret_cast<float*>(new_device_memory(8));
    return launch_fill(memory, memory + 1, count, new_stream(), threads);
  };
  EXPECT_IN_PROCESS([&] {
    return launch(0, 256) == cudaErrorInvalidConfiguration &&
           launch(1, 0) == cudaErrorInvalidConfiguration &&
           launch(1, 1025) == cudaErrorInvalidConfiguration && launch(1, 1024) == cudaSuccess;
  });
  Settings const settings{{"CUDA_MODEL_CAPABILITY", "7.5"}};
  EXPECT_IN_PROCESS([&] { return launch(1, 256) == cudaErrorNoKernelImageForDevice; });
}

TEST(Driver, TooOldOrWithoutDevicesIsReported) {
  auto const count_devices = [] {
    int count = 0;
    return cudaGetDeviceCount(&count);
  };
  {
    Settings const settings{{"CUDA_MODEL_DRIVER_VERSION", "12080"}};
    EXPECT_IN_PROCESS([&] { return count_devices() == cudaErrorInsufficientDriver; });
  }
  Settings const settings{{"CUDA_MODEL_DEVICES", "0"}};
  EXPECT_IN_PROCESS([&] { return count_devices() == cudaErrorNoDevice; });
}

TEST(Fork, OfAProcessThatUsesCudaCannotUseIt) {
  EXPECT_IN_PROCESS([] {
    new_stream();
    pid_t const child = ::fork();
    if (child == 0) {
      new_stream();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 99;
  });
}

/// Sets memory on one stream and reads it on another one that waits for the first.
int value_after_wait() {
  char* const memory = new_device_memory(1);
  cudaStream_t const first = new_stream(), second = new_stream();
  cudaEvent_t const event = new_event();
  REQUIRE_CUDA(cudaMemsetAsync(memory, 1, 1, first));
  REQUIRE_CUDA(cudaEventRecord(event, first));
  REQUIRE_CUDA(cudaStreamWaitEvent(second, event, 0));
  return first_byte(memory, second);
}

nlohmann::json report_of(std::string const& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

TEST(OmittedCall, DoesNothing) {
  std::string const path = testing::TempDir() + "cuda_model_report.json";
  Settings const settings{{"CUDA_MODEL_SEED", "3"}, {"CUDA_MODEL_REPORT", path}};
  int value = 0;
  EXPECT_EXIT(std::exit(value_after_wait()), KeepStatus(value), "");
  EXPECT_EQ(value, 1);
  auto const report = report_of(path);
  EXPECT_EQ(report["calls"]["cudaStreamWaitEvent"], 1);
  EXPECT_EQ(report["policy"], "lazy");
  for (auto const& site : report["call_sites"]) {
    if (site["call"] != "cudaStreamWaitEvent") continue;
    EXPECT_NE(std::string(site["functions"][0]).find("value_after_wait"), std::string::npos);
    for (std::string const& name : {std::string("1"), std::string(site["key"])}) {
      Settings const omitted{{"CUDA_MODEL_OMIT", "cudaStreamWaitEvent@" + name}};
      EXPECT_EXIT(std::exit(value_after_wait()), KeepStatus(value), "");
      EXPECT_EQ(value, 0xFF) << "what new memory holds";
    }
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace cuda_model_test
