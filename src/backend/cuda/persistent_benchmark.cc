// SPDX-License-Identifier: Apache-2.0
// What a child process of backend/benchmark_child.h does with its GPU.
#include <chrono>
#include <functional>
#include <thread>

#include "backend/benchmark_child.h"
#include "backend/cuda/handles.h"
#include "backend/cuda/owns_stream.h"
#include "backend/gpus.h"
#include "backend/lstm_benchmark.h"
#include "base/error.h"

namespace moneta {
namespace cuda {
namespace {

/// Far longer than the few steps of a benchmark take; shorter than the child may take.
constexpr std::chrono::seconds pass_deadline{20};

/// Waits for an event, but not forever: a persistent kernel whose blocks do not all fit never ends.
void wait_for(cudaEvent_t event) {
  auto const until = std::chrono::steady_clock::now() + pass_deadline;
  for (;;) {
    cudaError_t const status = cudaEventQuery(event);
    if (status == cudaSuccess) return;
    if (status != cudaErrorNotReady) check(status, "cudaEventQuery");
    (void)cudaGetLastError();  // else the next check would report "not ready"
    MONETA_REQUIRE(std::chrono::steady_clock::now() < until, device,
                   "a pass of an LSTM layer has not ended within {} s. Set "
                   "device.lstm_algorithm=standard?",
                   pass_deadline.count());
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

double seconds_of(Streams& streams, std::function<void()> const& work) {
  Event const begin = make_event(cudaEventDefault), end = make_event(cudaEventDefault);
  MONETA_CUDA(cudaEventRecord(begin, streams.compute()));
  work();
  MONETA_CUDA(cudaEventRecord(end, streams.compute()));
  wait_for(end);
  float milliseconds = 0;
  MONETA_CUDA(cudaEventElapsedTime(&milliseconds, begin, end));
  return 1e-3 * double{milliseconds};
}

}  // namespace
}  // namespace cuda

LstmBenchmark persistent_benchmark_here(std::size_t gpu, LstmShape const& shape) {
  auto const backend = make_cuda_backend(gpu);
  auto& streams = dynamic_cast<cuda::OwnsStream&>(*backend).streams();
  LstmBenchmark const benchmark = benchmark_lstm_algorithms(
      *backend, shape,
      [&](std::function<void()> const& work) { return cuda::seconds_of(streams, work); });
  // A fault in a kernel shows at the next wait.
  backend->synchronize();
  return benchmark;
}

}  // namespace moneta
