// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/persistent_benchmark.h"

#include "backend/cuda/handles.h"
#include "backend/lstm_benchmark.h"
#include "base/error.h"

namespace moneta::cuda {
namespace {

double seconds_of(cudaStream_t stream, std::function<void()> const& work) {
  Event const begin = make_event(cudaEventDefault), end = make_event(cudaEventDefault);
  MONETA_CUDA(cudaEventRecord(begin, stream));
  work();
  MONETA_CUDA(cudaEventRecord(end, stream));
  MONETA_CUDA(cudaEventSynchronize(end));
  float milliseconds = 0;
  MONETA_CUDA(cudaEventElapsedTime(&milliseconds, begin, end));
  return 1e-3 * double{milliseconds};
}

/// An error that a failed call left behind must not be reported by the next call.
void require_usable_gpu(std::string const& refused) {
  (void)cudaGetLastError();
  cudaError_t const status = cudaDeviceSynchronize();
  (void)cudaGetLastError();
  MONETA_REQUIRE(
      status == cudaSuccess, device,
      "the GPU cannot be used after the benchmark of cuDNN's persistent LSTM algorithm ({}; {}). Set device.lstm_algorithm=standard?",
      cudaGetErrorName(status), refused);
}

}  // namespace

std::string why_not_persistent(LstmShape const& shape) {
  constexpr std::size_t most_hidden = 1024, hidden_unit = 128, tile = 8;
  bool const known = shape.hidden <= most_hidden && shape.hidden % hidden_unit == 0 &&
                     shape.inputs % tile == 0 && shape.batch % tile == 0;
  if (known) return "";
  return fmt::format(
      "its kernels need H up to {} in multiples of {}, and inputs and windows in multiples of {}",
      most_hidden, hidden_unit, tile);
}

LstmBenchmark benchmark_persistent(Backend& backend, cudaStream_t stream, LstmShape const& shape) {
  LstmBenchmark benchmark;
  benchmark.refused = why_not_persistent(shape);
  if (!benchmark.refused.empty()) return benchmark;
  benchmark = benchmark_lstm_algorithms(
      backend, shape, [&](std::function<void()> const& work) { return seconds_of(stream, work); });
  if (!benchmark.refused.empty()) require_usable_gpu(benchmark.refused);
  return benchmark;
}

}  // namespace moneta::cuda
