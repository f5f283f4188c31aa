// SPDX-License-Identifier: Apache-2.0
#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <array>
#include <cstdint>

#include "backend/analytic_gpu.h"
#include "backend/benchmark_child.h"
#include "backend/cuda/copy_stream.h"
#include "backend/cuda/kernels.h"
#include "backend/cuda/linear.h"
#include "backend/cuda/lstm_cudnn.h"
#include "backend/cuda/memory.h"
#include "backend/cuda/owns_stream.h"
#include "backend/cuda/selected.h"
#include "backend/cuda/versions.h"
#include "backend/elementwise_backend.h"
#include "backend/gpus.h"
#include "backend/persistent_support.h"
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
  std::string rounding_identity() const override {
    cudaDeviceProp const& gpu = device_.properties;
    return fmt::format("{}, compute capability {}.{}, {} multiprocessors, cuDNN {}, cuBLASLt {}",
                       gpu.name, gpu.major, gpu.minor, gpu.multiProcessorCount,
                       version_text(cudnnGetVersion()), version_text(cublasLtGetVersion()));
  }
  bool supports(Precision precision) const override { return multiplies_fast(precision); }
  bool multiplies_fast(Precision precision) const override {
    if (precision == Precision::bf16 && cudnnGetVersion() < first_cudnn_of_bf16_lstm) return false;
    return precision == Precision::f32 || device_.properties.major >= 8;
  }
  DeviceSpeed speed(Precision precision) const override {
    cudaDeviceProp const& gpu = device_.properties;
    int clock_khz = 0, memory_clock_khz = 0;
    MONETA_CUDA(cudaDeviceGetAttribute(&clock_khz, cudaDevAttrClockRate, device_.ordinal));
    MONETA_CUDA(
        cudaDeviceGetAttribute(&memory_clock_khz, cudaDevAttrMemoryClockRate, device_.ordinal));
    DeviceSpeed speed = gpu_speed(static_cast<std::size_t>(gpu.multiProcessorCount),
                                  1e3 * clock_khz, gpu.major, gpu.minor, precision);
    constexpr double transfers_per_cycle = 2;
    speed.bytes_per_s = transfers_per_cycle * 1e3 * memory_clock_khz * gpu.memoryBusWidth / 8;
    speed.cache_bytes = static_cast<std::size_t>(gpu.l2CacheSize);
    return speed;
  }
  Precision gradient_precision(Precision precision) const override { return precision; }
  std::optional<DeviceMemoryUse> memory_use() const override { return use_; }
  void note_taken(std::size_t bytes) override { use_.taken_bytes += bytes; }
  bool overlaps_weight_gradients() const override { return true; }
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
    uploader_.upload(device, host, bytes, streams_.compute());
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    if (bytes > 0) {
      MONETA_CUDA(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, streams_.compute()),
                  fmt::format("{} bytes", bytes));
    }
    synchronize();
  }
  std::unique_ptr<CopyStream> make_copy_stream() override {
    return cuda::make_copy_stream(streams_, device_.ordinal);
  }
  void zero(void* device, std::size_t bytes) override {
    if (bytes == 0) return;
    MONETA_CUDA(cudaMemsetAsync(device, 0, bytes, streams_.compute_writing({{device, bytes}})),
                fmt::format("{} bytes", bytes));
  }
  Streams& streams() override { return streams_; }
  void synchronize() override { MONETA_CUDA(cudaStreamSynchronize(streams_.compute())); }

  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    return make_cudnn_lstm(streams_, shape);
  }
  std::optional<LstmBenchmark> benchmark_persistent_lstm(LstmShape const& shape,
                                                         KeepWaiting const& keep_waiting) override {
    LstmBenchmark refused;
    refused.refused = why_not_persistent(shape, device_.gpu);
    if (!refused.refused.empty()) return refused;
    return persistent_benchmark_in_child(benchmark_program(), number_, shape, keep_waiting);
  }
  LstmBytes lstm_bytes(LstmShape const& shape) const override {
    bool const may_become_persistent =
        !benchmark_program().empty() && why_not_persistent(shape, device_.gpu).empty();
    return cudnn_lstm_bytes(streams_.compute_cudnn(), shape, may_become_persistent);
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
                         streams_.compute());
    download(partial.data(), partial_.data(), partial_.bytes());
    double sum = 0;
    for (double const each : partial) sum += each;
    return sum;
  }

 private:
  friend class ElementwiseBackend<CudaBackend>;

  template <class F>
  void run(std::size_t count, F const& f) {
    for_each(count, f, streams_.compute());
  }
  template <class F>
  void run_writing(Activations const& written, std::size_t count, F const& f) {
    std::size_t const bytes = written.size * element_bytes(written.precision);
    for_each(count, f, streams_.compute_writing({{written.data, bytes}}));
  }
  template <class Element>
  void run_gather(WindowGatherer<Element> const& gatherer, std::size_t /*row_count*/) {
    run(gatherer.steps * gatherer.batch * gatherer.width, gatherer);
  }
  template <class Element>
  void run_dropout(Dropper<Element> const& dropper) {
    ByteRange const written{dropper.out,
                            dropper.steps * dropper.batch * dropper.columns * sizeof(Element)};
    cudaStream_t const stream = streams_.compute_writing({written});
    if (!RowDropper<Element>::fits(dropper)) {
      return for_each(dropper.batch * dropper.groups(), dropper, stream);
    }
    auto const rows = RowDropper<Element>::of(dropper);
    for_each_row(static_cast<std::uint32_t>(dropper.steps * dropper.batch), rows.groups, rows,
                 stream);
  }
  void run_linear(LinearShape shape, float const* x, float const* w, float const* b, float* y) {
    auto const [batch, inputs, outputs] = shape;
    run(batch * outputs, RowRepeater{b, outputs, y});
    product({false, true, batch, outputs, inputs, x, w, 1, y});
  }
  void run_linear_backward(LinearShape shape, float const* x, float const* w, float const* dy,
                           float* dx, float* dw, float* db, InputGradient mode) {
    auto const [batch, inputs, outputs] = shape;
    float const beta = mode == InputGradient::add ? 1.0f : 0.0f;
    if (dx != nullptr) product({false, false, batch, inputs, outputs, dy, w, beta, dx});
    product({true, false, outputs, inputs, batch, dy, x, 1, dw});
    run_column_sums(ColumnSummer{dy, batch, outputs, db});
  }
  template <class Summer>
  void run_column_sums(Summer const& summer) {
    sum_columns(summer, streams_.compute());
  }
  template <class F>
  void run_rows(std::size_t rows, std::size_t /*columns*/, F const& f) {
    for_each_whole_row(rows, f, streams_.compute());
  }
  void run_products(BatchedProduct const& p, float const* a, float const* b, float* c) {
    if (p.count == 0) return;
    product({p.transpose_a, p.transpose_b, p.m, p.n, p.k, a, b, 0, c, p.count});
  }
  void add_loss(LossTerm const& term) {
    cuda::add_loss(term, static_cast<double*>(loss_sum_.data()), streams_.compute());
  }
  void product(Product const& product) {
    products_.multiply(product, product_workspace_.data(), streams_.compute());
  }

  std::size_t number_;
  Selected device_;
  Streams streams_;
  Products products_;
  Uploader uploader_;
  CudaMemory product_workspace_, partial_, loss_sum_;
  DeviceMemoryUse use_;
};

}  // namespace
}  // namespace cuda

std::unique_ptr<Backend> make_cuda_backend(std::size_t number) {
  (void)cuda::require_gpu(number);
  return std::make_unique<cuda::CudaBackend>(number);
}

}  // namespace moneta
