// SPDX-License-Identifier: Apache-2.0
#include <cuda_runtime_api.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "backend/analytic_gpu.h"
#include "backend/cuda/copy_stream.h"
#include "backend/cuda/elements.h"
#include "backend/cuda/kernels.h"
#include "backend/cuda/linear.h"
#include "backend/cuda/lstm_cudnn.h"
#include "backend/cuda/memory.h"
#include "backend/cuda/nccl_all_reduce.h"
#include "backend/cuda/owns_stream.h"
#include "backend/cuda/persistent_benchmark.h"
#include "backend/cuda/selected.h"
#include "backend/functors.h"
#include "backend/gpus.h"
#include "backend/require.h"
#include "base/error.h"

namespace moneta {
namespace cuda {
namespace {

constexpr std::size_t first_cudnn_of_bf16_lstm = 91300;

class CudaBackend : public Backend, public OwnsStream {
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
  std::optional<LstmBenchmark> try_persistent_lstm(LstmShape const& shape) override {
    return try_persistent(*this, stream_, shape);
  }
  LstmBytes lstm_bytes(LstmShape const& shape) const override {
    return cudnn_lstm_bytes(cudnn_, shape);
  }

  void gather_windows(DeviceSpan<float const> rows, DeviceSpan<std::int64_t const> ends,
                      DeviceSpan<float const> mean, DeviceSpan<float const> inverse_stddev,
                      std::size_t steps, Activations x) override;
  void dropout(Activations in, std::size_t steps, std::size_t batch,
               DeviceSpan<std::uint64_t const> samples, DropoutSite place,
               Activations out) override;
  void final_states(Activations y, LstmShape const& shape, DeviceSpan<float> states,
                    std::size_t columns, std::size_t column) override;
  void final_states_backward(DeviceSpan<float const> d_states, LstmShape const& shape,
                             std::size_t columns, std::size_t column, Activations dy) override;
  void linear(DeviceSpan<float const> x, DeviceSpan<float const> w, DeviceSpan<float const> b,
              DeviceSpan<float> y) override;
  void linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                       DeviceSpan<float const> dy, DeviceSpan<float> dx, DeviceSpan<float> dw,
                       DeviceSpan<float> db) override;
  void relu(DeviceSpan<float> x) override { for_each(x.size(), Rectifier{x.data()}, stream_); }
  void relu_backward(DeviceSpan<float const> y, DeviceSpan<float> dx) override {
    require_size("relu_backward", "dx", dx.size(), y.size());
    for_each(y.size(), RectifierGradient{y.data(), dx.data()}, stream_);
  }
  void loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
            DeviceSpan<float const> target, std::size_t valid_count, float scale,
            DeviceSpan<float> d_prediction) override;
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
  void adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
             DeviceSpan<float> v, DeviceSpan<float const> gradients) override;

 private:
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

void CudaBackend::gather_windows(DeviceSpan<float const> rows, DeviceSpan<std::int64_t const> ends,
                                 DeviceSpan<float const> mean,
                                 DeviceSpan<float const> inverse_stddev, std::size_t steps,
                                 Activations x) {
  char const* const call = "gather_windows";
  std::size_t const features = mean.size();
  require_size(call, "inverse_deviation", inverse_stddev.size(), features);
  rows_of(call, "rows", rows.size(), features);
  std::size_t const width = rows_of(call, "x", x.size, steps * ends.size());
  MONETA_REQUIRE(
      width >= features, device,
      "backend: gather_windows got x of {} columns (a bar has {} features). This is a mistake in the program; please report it.",
      width, features);
  with_element(x.precision, [&](auto* null) {
    using Element = std::remove_pointer_t<decltype(null)>;
    for_each(
        x.size,
        WindowGatherer<Element>{rows.data(), ends.data(), mean.data(), inverse_stddev.data(), steps,
                                ends.size(), features, width, static_cast<Element*>(x.data)},
        stream_);
  });
}

void CudaBackend::dropout(Activations in, std::size_t steps, std::size_t batch,
                          DeviceSpan<std::uint64_t const> samples, DropoutSite place,
                          Activations out) {
  require_same_precision("dropout", in.precision, out.precision);
  require_size("dropout", "out", out.size, in.size);
  require_size("dropout", "samples", samples.size(), batch);
  std::size_t const columns = rows_of("dropout", "in", in.size, steps * batch);
  MONETA_REQUIRE(
      place.probability >= 0 && place.probability <= 1, device,
      "backend: dropout of probability {:g} (it lies between 0 and 1). This is a mistake in the program; please report it.",
      place.probability);
  with_element(in.precision, [&](auto* null) {
    using Element = std::remove_pointer_t<decltype(null)>;
    Dropper<Element> const dropper{DropoutMask::of(place),
                                   samples.data(),
                                   steps,
                                   batch,
                                   columns,
                                   static_cast<Element const*>(in.data),
                                   static_cast<Element*>(out.data)};
    for_each(batch * dropper.groups(), dropper, stream_);
  });
}

void CudaBackend::final_states(Activations y, LstmShape const& shape, DeviceSpan<float> states,
                               std::size_t columns, std::size_t column) {
  require_size("final_states", "y", y.size, shape.steps * shape.batch * shape.outputs());
  require_size("final_states", "states", states.size(), shape.batch * columns);
  require_columns("final_states", columns, column, shape.outputs());
  with_element(y.precision, [&](auto* null) {
    using Element = std::remove_pointer_t<decltype(null)>;
    for_each(
        shape.batch * shape.outputs(),
        StateGatherer<Element>{{static_cast<Element const*>(y.data), states.data(), shape.steps,
                                shape.batch, shape.hidden, shape.directions, columns, column}},
        stream_);
  });
}

void CudaBackend::final_states_backward(DeviceSpan<float const> d_states, LstmShape const& shape,
                                        std::size_t columns, std::size_t column, Activations dy) {
  char const* const call = "final_states_backward";
  require_size(call, "dy", dy.size, shape.steps * shape.batch * shape.outputs());
  require_size(call, "d_states", d_states.size(), shape.batch * columns);
  require_columns(call, columns, column, shape.outputs());
  zero(dy.data, dy.size * element_bytes(dy.precision));
  with_element(dy.precision, [&](auto* null) {
    using Element = std::remove_pointer_t<decltype(null)>;
    for_each(
        shape.batch * shape.outputs(),
        StateScatterer<Element>{{static_cast<Element*>(dy.data), d_states.data(), shape.steps,
                                 shape.batch, shape.hidden, shape.directions, columns, column}},
        stream_);
  });
}

void CudaBackend::linear(DeviceSpan<float const> x, DeviceSpan<float const> w,
                         DeviceSpan<float const> b, DeviceSpan<float> y) {
  std::size_t const outputs = b.size();
  std::size_t const inputs = rows_of("linear", "w", w.size(), outputs);
  std::size_t const batch = rows_of("linear", "x", x.size(), inputs);
  require_size("linear", "y", y.size(), batch * outputs);
  for_each(y.size(), RowRepeater{b.data(), outputs, y.data()}, stream_);
  product({false, true, batch, outputs, inputs, x.data(), w.data(), 1, y.data()});
}

void CudaBackend::linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                                  DeviceSpan<float const> dy, DeviceSpan<float> dx,
                                  DeviceSpan<float> dw, DeviceSpan<float> db) {
  char const* const call = "linear_backward";
  std::size_t const outputs = db.size();
  std::size_t const inputs = rows_of(call, "w", w.size(), outputs);
  std::size_t const batch = rows_of(call, "x", x.size(), inputs);
  require_size(call, "dy", dy.size(), batch * outputs);
  require_size(call, "dw", dw.size(), w.size());
  if (!dx.empty()) {
    require_size(call, "dx", dx.size(), x.size());
    product({false, false, batch, inputs, outputs, dy.data(), w.data(), 0, dx.data()});
  }
  product({true, false, outputs, inputs, batch, dy.data(), x.data(), 1, dw.data()});
  for_each(outputs, ColumnSummer{dy.data(), batch, outputs, db.data()}, stream_);
}

void CudaBackend::loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
                       DeviceSpan<float const> target, std::size_t valid_count, float scale,
                       DeviceSpan<float> d_prediction) {
  require_size("loss", "target", target.size(), prediction.size());
  require_size("loss", "d_prediction", d_prediction.size(), prediction.size());
  MONETA_REQUIRE(
      valid_count <= prediction.size(), device,
      "backend: loss of {} windows (there are {}). This is a mistake in the program; please report it.",
      valid_count, prediction.size());
  LossTerm const term{function,    huber_delta, prediction.data(),  target.data(),
                      valid_count, scale,       d_prediction.data()};
  for_each(prediction.size(), term, stream_);
  add_loss(term, static_cast<double*>(loss_sum_.data()), stream_);
}

void CudaBackend::adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
                        DeviceSpan<float> v, DeviceSpan<float const> gradients) {
  require_size("adamw", "m", m.size(), params.size());
  require_size("adamw", "v", v.size(), params.size());
  require_size("adamw", "gradients", gradients.size(), params.size());
  for_each(params.size(),
           AdamwUpdater::of(step, params.data(), m.data(), v.data(), gradients.data()), stream_);
}

}  // namespace
}  // namespace cuda

std::unique_ptr<Backend> make_cuda_backend(std::size_t number) {
  cuda::require_gpu(number);
  // So that cuBLAS, where a library uses it, sums in the same order in every run; read when it
  // starts.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  return std::make_unique<cuda::CudaBackend>(number);
}

}  // namespace moneta
