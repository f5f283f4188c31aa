// SPDX-License-Identifier: Apache-2.0
#include <cuda_runtime_api.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "backend/analytic_gpu.h"
#include "backend/cuda/copy_stream.h"
#include "backend/cuda/kernels.h"
#include "backend/cuda/linear.h"
#include "backend/cuda/lstm_cudnn.h"
#include "backend/cuda/memory.h"
#include "backend/cuda/owns_stream.h"
#include "backend/cuda/persistent_benchmark.h"
#include "backend/cuda/selected.h"
#include "backend/cuda/versions.h"
#include "backend/elementwise_backend.h"
#include "backend/gpus.h"
#include "base/error.h"

namespace moneta {
namespace cuda {
namespace {

constexpr std::size_t first_cudnn_of_bf16_lstm = 91300;

class CudaBackend : public ElementwiseBackend<CudaBackend>, public OwnsStream {
 public:
  explicit CudaBackend(std::size_t number)
      : number_(number),
        device_(number),
        stream_(make_stream()),
        cudnn_(make_cudnn(stream_)),
        cublas_(make_cublas_lt()),
        product_workspace_(product_workspace_bytes),
        partial_(partial_sums * sizeof(double)),
        loss_sum_(sizeof(double)) {
    zero(loss_sum_.data(), loss_sum_.bytes());
    measure_memory();
  }
  void measure_memory() override {
    synchronize();
    use_ = memory_use_now();
  }

  std::string description() const override {
    return fmt::format("GPU {}, {}, {} MiB, cuDNN {}, NCCL {}", number_, device_.properties.name,
                       device_.properties.totalGlobalMem >> 20, version_text(cudnnGetVersion()),
                       nccl_version());
  }
  bool supports(Precision precision) const override { return multiplies_fast(precision); }
  bool multiplies_fast(Precision precision) const override {
    if (precision == Precision::bf16 && cudnnGetVersion() < first_cudnn_of_bf16_lstm) return false;
    return precision == Precision::f32 || device_.properties.major >= 8;
  }
  DeviceSpeed speed(Precision precision) const override {
    int clock_khz = 0;
    MONETA_CUDA(
        cudaDeviceGetAttribute(&clock_khz, cudaDevAttrClockRate, static_cast<int>(number_)));
    return gpu_speed(static_cast<std::size_t>(device_.properties.multiProcessorCount),
                     1e3 * clock_khz, device_.properties.major, device_.properties.minor,
                     precision);
  }
  Precision gradient_precision(Precision precision) const override { return precision; }
  std::optional<DeviceMemoryUse> memory_use() const override { return use_; }
  void note_taken(std::size_t bytes) override { use_.taken_bytes += bytes; }
  std::size_t largest_micro_batch(LstmShape const& shape) const override {
    return largest_gpu_batch(shape);
  }

  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    return std::make_unique<CudaMemory>(bytes);
  }
  std::unique_ptr<DeviceMemory> allocate_on_host(std::size_t bytes) override {
    return std::make_unique<PinnedMemory>(bytes);
  }
  void upload(void* device, void const* host, std::size_t bytes) override {
    uploader_.upload(device, host, bytes, stream_);
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    if (bytes > 0) {
      MONETA_CUDA(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_),
                  fmt::format("{} bytes", bytes));
    }
    synchronize();
  }
  std::unique_ptr<CopyStream> make_copy_stream() override {
    return cuda::make_copy_stream(stream_);
  }
  void zero(void* device, std::size_t bytes) override {
    if (bytes > 0)
      MONETA_CUDA(cudaMemsetAsync(device, 0, bytes, stream_), fmt::format("{} bytes", bytes));
  }
  cudaStream_t stream() const override { return stream_; }
  void synchronize() override { MONETA_CUDA(cudaStreamSynchronize(stream_)); }

  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    return make_cudnn_lstm(cudnn_, stream_, shape);
  }
  std::optional<LstmBenchmark> benchmark_persistent_lstm(LstmShape const& shape) override {
    return benchmark_persistent(*this, stream_, shape);
  }
  LstmBytes lstm_bytes(LstmShape const& shape) const override {
    return cudnn_lstm_bytes(cudnn_, shape);
  }

  double take_loss_sum() override {
    double sum = 0;
    download(&sum, loss_sum_.data(), sizeof sum);
    zero(loss_sum_.data(), loss_sum_.bytes());
    return sum;
  }
  double sum_of_squares(DeviceSpan<float const> values) override {
    std::array<double, partial_sums> partial{};
    cuda::sum_of_squares(values.data(), values.size(), static_cast<double*>(partial_.data()),
                         stream_);
    download(partial.data(), partial_.data(), partial_.bytes());
    double sum = 0;
    for (double const each : partial) sum += each;
    return sum;
  }

 private:
  friend class ElementwiseBackend<CudaBackend>;

  template <class F>
  void run(std::size_t count, F const& f) {
    for_each(count, f, stream_);
  }
  template <class Element>
  void run_gather(WindowGatherer<Element> const& gatherer, std::size_t /*row_count*/) {
    run(gatherer.steps * gatherer.batch * gatherer.width, gatherer);
  }
  template <class Element>
  void run_dropout(Dropper<Element> const& dropper) {
    run(dropper.batch * dropper.groups(), dropper);
  }
  void run_linear(LinearShape shape, float const* x, float const* w, float const* b, float* y) {
    auto const [batch, inputs, outputs] = shape;
    run(batch * outputs, RowRepeater{b, outputs, y});
    product({false, true, batch, outputs, inputs, x, w, 1, y});
  }
  void run_linear_backward(LinearShape shape, float const* x, float const* w, float const* dy,
                           float* dx, float* dw, float* db) {
    auto const [batch, inputs, outputs] = shape;
    if (dx != nullptr) product({false, false, batch, inputs, outputs, dy, w, 0, dx});
    product({true, false, outputs, inputs, batch, dy, x, 1, dw});
    run(outputs, ColumnSummer{dy, batch, outputs, db});
  }
  void add_loss(LossTerm const& term) {
    cuda::add_loss(term, static_cast<double*>(loss_sum_.data()), stream_);
  }
  void product(Product const& product) {
    multiply(cublas_, product, product_workspace_.data(), stream_);
  }

  std::size_t number_;
  Selected device_;
  Stream stream_;
  Cudnn cudnn_;
  CublasLt cublas_;
  Uploader uploader_;
  CudaMemory product_workspace_, partial_, loss_sum_;
  DeviceMemoryUse use_;
};

}  // namespace
}  // namespace cuda

std::unique_ptr<Backend> make_cuda_backend(std::size_t number) {
  cuda::require_gpu(number);
  // Makes cuBLAS, which cuDNN may use, sum in the same order in every run. cuBLAS reads the
  // variable when it starts.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  return std::make_unique<cuda::CudaBackend>(number);
}

}  // namespace moneta
