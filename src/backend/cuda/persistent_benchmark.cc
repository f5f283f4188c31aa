// SPDX-License-Identifier: Apache-2.0
// What a child process of backend/benchmark_child.h does with its GPU.
#include <functional>

#include "backend/benchmark_child.h"
#include "backend/cuda/handles.h"
#include "backend/cuda/owns_stream.h"
#include "backend/gpus.h"
#include "backend/lstm_benchmark.h"

namespace moneta {
namespace cuda {
namespace {

double seconds_of(Streams& streams, std::function<void()> const& work) {
  Event const begin = make_event(cudaEventDefault), end = make_event(cudaEventDefault);
  MONETA_CUDA(cudaEventRecord(begin, streams.compute()));
  work();
  MONETA_CUDA(cudaEventRecord(end, streams.compute()));
  // A persistent kernel whose blocks do not all fit never ends; then the parent kills this process.
  MONETA_CUDA(cudaEventSynchronize(end));
  float milliseconds = 0;
  MONETA_CUDA(cudaEventElapsedTime(&milliseconds, begin, end));
  return 1e-3 * double{milliseconds};
}

}  // namespace
}  // namespace cuda

LstmBenchmark persistent_benchmark_here(std::size_t gpu, LstmShape const& shape) {
  auto const backend = make_cuda_backend(gpu);
  auto& streams = dynamic_cast<cuda::OwnsStream&>(*backend).streams();
  LstmBenchmark benchmark = benchmark_lstm_algorithms(
      *backend, shape,
      [&](std::function<void()> const& work) { return cuda::seconds_of(streams, work); });
  // A fault in a kernel shows at the next wait.
  backend->synchronize();
  return benchmark;
}

}  // namespace moneta
