// SPDX-License-Identifier: Apache-2.0
// Streams, events and graphs: which orders are possible and which calls are refused.
#include <unistd.h>

#include <set>

#include "cuda_model/model_test.h"

namespace cuda_model_test {
namespace {

constexpr int seeds = 8;

/// Sets memory on one stream to 1 and on a second stream to 2, and returns what it holds at last.
int value_of_two_streams(bool waits) {
  char* const memory = new_device_memory(1);
  cudaStream_t const first = new_stream(), second = new_stream();
  cudaEvent_t const event = new_event();
  REQUIRE_CUDA(cudaMemsetAsync(memory, 1, 1, first));
  REQUIRE_CUDA(cudaEventRecord(event, first));
  if (waits) REQUIRE_CUDA(cudaStreamWaitEvent(second, event, 0));
  REQUIRE_CUDA(cudaMemsetAsync(memory, 2, 1, second));
  REQUIRE_CUDA(cudaDeviceSynchronize());
  return first_byte(memory, first);
}

/// The values for the seeds, each in a process of its own.
std::vector<int> values_by_seed(bool waits) {
  std::vector<int> values;
  for (int seed = 0; seed < seeds; ++seed) {
    Settings const settings{{"CUDA_MODEL_SEED", std::to_string(seed)}};
    int value = 0;
    EXPECT_EXIT(std::_Exit(value_of_two_streams(waits)), KeepStatus(value), "");
    values.push_back(value);
  }
  return values;
}

TEST(Streams, MissingWaitShowsUnderSomeSeed) {
  auto const values = values_by_seed(false);
  EXPECT_EQ(std::set<int>(values.begin(), values.end()), (std::set<int>{1, 2}));
}

TEST(Streams, WaitHoldsUnderEverySeed) {
  EXPECT_EQ(values_by_seed(true), std::vector<int>(seeds, 2));
}

TEST(Streams, SameSeedMakesTheSameChoices) {
  EXPECT_EQ(values_by_seed(false), values_by_seed(false));
}

TEST(Streams, QueryReportsPendingWorkAndMakesProgress) {
  Settings const lazy{{"CUDA_MODEL_SEED", "3"}};
  EXPECT_IN_PROCESS([] {
    cudaStream_t const stream = new_stream();
    char* const memory = new_device_memory(1);
    bool const was_idle = cudaStreamQuery(stream) == cudaSuccess;
    for (int i = 0; i < 3; ++i) REQUIRE_CUDA(cudaMemsetAsync(memory, i, 1, stream));
    bool const was_busy = cudaStreamQuery(stream) == cudaErrorNotReady;
    bool const was_remembered = cudaGetLastError() == cudaErrorNotReady;
    while (cudaStreamQuery(stream) == cudaErrorNotReady) {
    }
    return was_idle && was_busy && was_remembered && first_byte(memory, stream) == 2;
  });
}

TEST(Streams, DestroyedOneRunsWhatItHolds) {
  Settings const lazy{{"CUDA_MODEL_SEED", "3"}};
  EXPECT_IN_PROCESS([] {
    cudaStream_t const first = new_stream(), second = new_stream();
    cudaEvent_t const event = new_event();
    char* const memory = new_device_memory(1);
    REQUIRE_CUDA(cudaMemsetAsync(memory, 1, 1, first));
    REQUIRE_CUDA(cudaEventRecord(event, first));
    REQUIRE_CUDA(cudaStreamWaitEvent(second, event, 0));
    REQUIRE_CUDA(cudaStreamDestroy(first));
    REQUIRE_CUDA(cudaEventDestroy(event));
    return first_byte(memory, second) == 1;
  });
}

TEST(Streams, MisuseEndsTheProcess) {
  EXPECT_MISUSE((void)cudaStreamSynchronize(nullptr),
                "cudaStreamSynchronize: it uses a default stream");
  EXPECT_MISUSE(
      {
        cudaStream_t const stream = new_stream();
        REQUIRE_CUDA(cudaStreamDestroy(stream));
        (void)cudaStreamSynchronize(stream);
      },
      "stream 1 was destroyed");
  EXPECT_MISUSE((void)launch_unknown(new_stream()),
                "the model does not have the kernel new_kernel");
}

TEST(Streams, OfAnotherDeviceAreRefusedWhereCudaDoes) {
  Settings const settings{{"CUDA_MODEL_DEVICES", "2"}};
  EXPECT_MISUSE(
      {
        cudaStream_t const stream = new_stream();
        char* const memory = new_device_memory(1);
        REQUIRE_CUDA(cudaSetDevice(1));
        (void)cudaMemsetAsync(memory, 0, 1, stream);
      },
      "cudaMemsetAsync: the memory is memory of device 0, but device 1 is current");
  EXPECT_MISUSE(
      {
        cudaEvent_t const event = new_event();
        REQUIRE_CUDA(cudaSetDevice(1));
        (void)cudaEventRecord(event, new_stream());
      },
      "the event belongs to device 0, the stream to device 1");
  EXPECT_IN_PROCESS([] {
    cudaEvent_t const event = new_event();
    REQUIRE_CUDA(cudaEventRecord(event, new_stream()));
    REQUIRE_CUDA(cudaSetDevice(1));
    return cudaStreamWaitEvent(new_stream(), event, 0) == cudaSuccess &&
           cudaEventSynchronize(event) == cudaSuccess;
  });
}

TEST(Events, NeverRecordedOnesAreComplete) {
  EXPECT_IN_PROCESS([] {
    cudaEvent_t const event = new_event();
    return cudaEventQuery(event) == cudaSuccess && cudaEventSynchronize(event) == cudaSuccess &&
           cudaStreamWaitEvent(new_stream(), event, 0) == cudaSuccess;
  });
}

TEST(Events, WaitIsForTheRecordBeforeIt) {
  Settings const lazy{{"CUDA_MODEL_SEED", "3"}};
  EXPECT_IN_PROCESS([] {
    cudaStream_t const first = new_stream(), second = new_stream();
    cudaEvent_t const event = new_event();
    char* const memory = new_device_memory(1);
    REQUIRE_CUDA(cudaMemsetAsync(memory, 1, 1, first));
    REQUIRE_CUDA(cudaEventRecord(event, first));
    REQUIRE_CUDA(cudaStreamWaitEvent(second, event, 0));
    REQUIRE_CUDA(cudaMemsetAsync(memory, 2, 1, first));
    REQUIRE_CUDA(cudaEventRecord(event, first));
    return first_byte(memory, second) == 1;
  });
}

TEST(Events, TimeNeedsTwoCompleteRecordsWithTime) {
  Settings const lazy{{"CUDA_MODEL_SEED", "3"}};
  EXPECT_IN_PROCESS([] {
    cudaStream_t const stream = new_stream();
    cudaEvent_t const begin = new_event(cudaEventDefault), end = new_event(cudaEventDefault);
    float milliseconds = 0;
    bool is_right =
        cudaEventElapsedTime(&milliseconds, begin, end) == cudaErrorInvalidResourceHandle;
    REQUIRE_CUDA(cudaEventRecord(begin, stream));
    REQUIRE_CUDA(cudaMemsetAsync(new_device_memory(1), 0, 1, stream));
    REQUIRE_CUDA(cudaEventRecord(end, stream));
    is_right = is_right && cudaEventElapsedTime(&milliseconds, begin, end) == cudaErrorNotReady;
    REQUIRE_CUDA(cudaEventSynchronize(end));
    REQUIRE_CUDA(cudaEventElapsedTime(&milliseconds, begin, end));
    return is_right && milliseconds > 0 &&
           cudaEventElapsedTime(&milliseconds, begin, new_event()) ==
               cudaErrorInvalidResourceHandle;
  });
}

/// Captures two branches that set each a byte of memory [2] to the value that it launches them
/// with.
cudaGraph_t capture_two_branches(char* memory, cudaStream_t stream, cudaStream_t other) {
  cudaEvent_t const fork = new_event(), join = new_event();
  REQUIRE_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  REQUIRE_CUDA(cudaEventRecord(fork, stream));
  REQUIRE_CUDA(cudaStreamWaitEvent(other, fork, 0));
  REQUIRE_CUDA(cudaMemsetAsync(memory, 3, 1, stream));
  REQUIRE_CUDA(cudaMemsetAsync(memory + 1, 4, 1, other));
  REQUIRE_CUDA(cudaEventRecord(join, other));
  REQUIRE_CUDA(cudaStreamWaitEvent(stream, join, 0));
  cudaGraph_t graph = nullptr;
  REQUIRE_CUDA(cudaStreamEndCapture(stream, &graph));
  return graph;
}

TEST(Graphs, ReplayBranches) {
  for (int seed = 0; seed < seeds; ++seed) {
    Settings const settings{{"CUDA_MODEL_SEED", std::to_string(seed)}};
    EXPECT_IN_PROCESS([] {
      char* const memory = new_device_memory(2);
      cudaStream_t const stream = new_stream();
      cudaGraph_t const graph = capture_two_branches(memory, stream, new_stream());
      cudaGraphExec_t executable = nullptr;
      REQUIRE_CUDA(cudaGraphInstantiateWithFlags(&executable, graph, 0));
      REQUIRE_CUDA(cudaGraphDestroy(graph));
      for (int launch = 0; launch < 2; ++launch) {
        REQUIRE_CUDA(cudaMemsetAsync(memory, 0, 2, stream));
        REQUIRE_CUDA(cudaGraphLaunch(executable, stream));
        if (first_byte(memory, stream) != 3 || first_byte(memory + 1, stream) != 4) return false;
      }
      REQUIRE_CUDA(cudaGraphExecDestroy(executable));
      return true;
    });
  }
}

/// Captures the work and returns the errors of the work and of the end of the capture.
std::pair<cudaError_t, cudaError_t> errors_of_capture(
    cudaStreamCaptureMode mode, std::function<cudaError_t(cudaStream_t)> const& work) {
  cudaStream_t const stream = new_stream();
  REQUIRE_CUDA(cudaStreamBeginCapture(stream, mode));
  cudaError_t const error = work(stream);
  cudaGraph_t graph = nullptr;
  return {error, cudaStreamEndCapture(stream, &graph)};
}

struct RefusedCase {
  char const* name;
  cudaStreamCaptureMode mode;
  cudaError_t (*work)(cudaStream_t stream);
  cudaError_t of_work, of_end;
};

cudaError_t allocate(cudaStream_t /*stream*/) {
  void* memory = nullptr;
  return cudaMalloc(&memory, 1);
}
cudaError_t copy_pageable(cudaStream_t stream) {
  char host = 0;
  return cudaMemcpyAsync(new_device_memory(1), &host, 1, cudaMemcpyHostToDevice, stream);
}
cudaError_t query_captured_event(cudaStream_t stream) {
  cudaEvent_t const event = new_event();
  REQUIRE_CUDA(cudaEventRecord(event, stream));
  return cudaEventQuery(event);
}
cudaError_t wait_for_work_outside(cudaStream_t stream) {
  cudaEvent_t const event = new_event();
  REQUIRE_CUDA(cudaEventRecord(event, new_stream()));
  return cudaStreamWaitEvent(stream, event, 0);
}
cudaError_t fork_without_join(cudaStream_t stream) {
  cudaEvent_t const event = new_event();
  cudaStream_t const other = new_stream();
  char* const memory = new_device_memory(1);
  REQUIRE_CUDA(cudaEventRecord(event, stream));
  REQUIRE_CUDA(cudaStreamWaitEvent(other, event, 0));
  return cudaMemsetAsync(memory, 0, 1, other);
}
cudaError_t synchronize_device(cudaStream_t /*stream*/) { return cudaDeviceSynchronize(); }

class RefusedInCapture : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedInCapture, ReturnsTheErrorsOfCuda) {
  EXPECT_IN_PROCESS([] {
    RefusedCase const& refused = GetParam();
    return errors_of_capture(refused.mode, refused.work) ==
           std::pair(refused.of_work, refused.of_end);
  });
}

constexpr auto relaxed = cudaStreamCaptureModeRelaxed, local = cudaStreamCaptureModeThreadLocal;
constexpr auto unsupported = cudaErrorStreamCaptureUnsupported,
               invalid = cudaErrorStreamCaptureInvalidated;
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RefusedInCapture, testing::ValuesIn(std::vector<RefusedCase>{
    {"SynchronizeStream", relaxed, cudaStreamSynchronize, unsupported, invalid},
    {"QueryStream", relaxed, cudaStreamQuery, unsupported, invalid},
    {"SynchronizeDevice", relaxed, synchronize_device, unsupported, invalid},
    {"AllocateThreadLocal", local, allocate, unsupported, invalid},
    {"AllocateRelaxed", relaxed, allocate, cudaSuccess, cudaSuccess},
    {"CopyPageable", relaxed, copy_pageable, unsupported, invalid},
    {"QueryCapturedEvent", relaxed, query_captured_event, cudaErrorCapturedEvent, invalid},
    {"WaitForWorkOutside", relaxed, wait_for_work_outside, cudaErrorStreamCaptureIsolation, invalid},
    {"ForkWithoutJoin", relaxed, fork_without_join, cudaSuccess, cudaErrorStreamCaptureUnjoined},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace cuda_model_test
