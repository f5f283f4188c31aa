// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <optional>
#include <vector>

#include "backend/cpu/copy_stream.h"
#include "backend/cpu/dropout.h"
#include "backend/cpu/for_each.h"
#include "backend/cpu/gather.h"
#include "backend/cpu/linear.h"
#include "backend/cpu/lstm_engine.h"
#include "backend/cpu/make.h"
#include "backend/cpu/memory.h"
#include "backend/cpu/onednn.h"
#include "backend/cpu/reduce.h"
#include "backend/functors.h"
#include "backend/require.h"

namespace moneta {
namespace cpu {
namespace {

/// Calls work with a null pointer to the element type of `precision`.
template <class Work>
void with_element(Precision precision, Work const& work) {
  if (precision == Precision::bf16) return work(static_cast<Bf16*>(nullptr));
  return work(static_cast<float*>(nullptr));
}

/// How many rows of `width` elements an array has.
std::size_t rows_of(char const* call, char const* name, std::size_t size, std::size_t width) {
  require_multiple(call, name, size, width);
  return size / width;
}

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(std::size_t threads) : threads_(threads) {
    MONETA_REQUIRE(
        threads >= 1 && threads <= 4096, device,
        "a CPU backend of {} threads (1 to 4096 can be used). Is OMP_NUM_THREADS set wrongly?",
        threads);
  }

  std::string description() const override {
    return fmt::format("CPU, {}{}, oneDNN {}, {}", threads_, threads_ == 1 ? " thread" : " threads",
                       onednn_version(), onednn_isa());
  }
  bool supports(Precision precision) const override {
    if (precision == Precision::tf32) return false;
    // Without avx512_bf16 oneDNN computes bf16 with other instructions, slowly.
    return precision == Precision::f32 || onednn_uses(dnnl_cpu_isa_avx512_core);
  }
  bool multiplies_fast(Precision precision) const override {
    if (precision == Precision::tf32) return false;
    return precision == Precision::f32 || onednn_uses(dnnl_cpu_isa_avx512_core_amx);
  }
  DeviceSpeed speed(Precision precision) const override {
    // Measured with tests/bench: 4 x 256, T=240, N=128 on Sapphire Rapids, and on Zen 3 without
    // AVX-512.
    bool const wide = onednn_uses(dnnl_cpu_isa_avx512_core);
    double const one = precision == Precision::bf16 && multiplies_fast(precision) ? 230e9
                       : wide                                                     ? 75e9
                                                                                  : 40e9;
    return {one * static_cast<double>(threads_), 2e-6};
  }
  std::optional<DeviceMemoryUse> memory_use() const override { return {}; }
  std::size_t largest_micro_batch(LstmShape const&) const override {
    return 128;  // see tests/bench
  }
  Precision gradient_precision(Precision) const override { return Precision::f32; }

  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    return std::make_unique<HostMemory>(bytes);
  }
  std::unique_ptr<DeviceMemory> allocate_on_host(std::size_t bytes) override {
    return std::make_unique<HostMemory>(bytes);
  }
  void upload(void* device, void const* host, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(device, host, bytes);
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(host, device, bytes);
  }
  std::unique_ptr<CopyStream> make_copy_stream() override {
    return std::make_unique<HostCopyQueue>();
  }
  void zero(void* device, std::size_t bytes) override {
    if (bytes > 0) std::memset(device, 0, bytes);
  }
  void measure_memory() override {}
  void synchronize() override {}  // every call has done its work when it returns

  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    return cpu::make_lstm(shape, threads_);
  }
  std::optional<LstmBenchmark> try_persistent_lstm(LstmShape const&) override { return {}; }
  LstmBytes lstm_bytes(LstmShape const& shape) const override {
    return cpu::lstm_bytes(shape, threads_);
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
  void relu(DeviceSpan<float> x) override { for_each(threads_, x.size(), Rectifier{x.data()}); }
  void relu_backward(DeviceSpan<float const> y, DeviceSpan<float> dx) override {
    require_size("relu_backward", "dx", dx.size(), y.size());
    for_each(threads_, y.size(), RectifierGradient{y.data(), dx.data()});
  }
  void loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
            DeviceSpan<float const> target, std::size_t valid_count, float scale,
            DeviceSpan<float> d_prediction) override;
  double take_loss_sum() override { return std::exchange(loss_sum_, 0.0); }
  double sum_of_squares(DeviceSpan<float const> values) override {
    return cpu::sum_of_squares(threads_, values.data(), values.size(), partial_sums_);
  }
  void adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
             DeviceSpan<float> v, DeviceSpan<float const> gradients) override;

 private:
  std::size_t threads_;
  double loss_sum_ = 0;
  std::vector<double> partial_sums_;
};

void CpuBackend::gather_windows(DeviceSpan<float const> rows, DeviceSpan<std::int64_t const> ends,
                                DeviceSpan<float const> mean,
                                DeviceSpan<float const> inverse_stddev, std::size_t steps,
                                Activations x) {
  char const* const call = "gather_windows";
  std::size_t const features = mean.size();
  require_size(call, "inverse_deviation", inverse_stddev.size(), features);
  std::size_t const row_count = rows_of(call, "rows", rows.size(), features);
  std::size_t const width = rows_of(call, "x", x.size, steps * ends.size());
  MONETA_REQUIRE(
      width >= features, device,
      "backend: gather_windows got x of {} columns (a bar has {} features). This is a mistake in the program; please report it.",
      width, features);
  for (std::size_t n = 0; n < ends.size(); ++n) {
    std::int64_t const end = ends.data()[n];
    MONETA_REQUIRE(
        end + 1 >= static_cast<std::int64_t>(steps) && end < static_cast<std::int64_t>(row_count),
        device,
        "backend: gather_windows got a window of {} bars that ends with row {} (there are {} rows). This is a mistake in the program; please report it.",
        steps, end, row_count);
  }
  with_element(x.precision, [&](auto* null) {
    using Element = std::remove_pointer_t<decltype(null)>;
    gather(threads_, WindowGatherer<Element>{rows.data(), ends.data(), mean.data(),
                                             inverse_stddev.data(), steps, ends.size(), features,
                                             width, static_cast<Element*>(x.data)});
  });
}

void CpuBackend::dropout(Activations in, std::size_t steps, std::size_t batch,
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
    drop(threads_,
         Dropper<Element>{DropoutMask::of(place), samples.data(), steps, batch, columns,
                          static_cast<Element const*>(in.data), static_cast<Element*>(out.data)});
  });
}

void CpuBackend::final_states(Activations y, LstmShape const& shape, DeviceSpan<float> states,
                              std::size_t columns, std::size_t column) {
  require_size("final_states", "y", y.size, shape.steps * shape.batch * shape.outputs());
  require_size("final_states", "states", states.size(), shape.batch * columns);
  require_columns("final_states", columns, column, shape.outputs());
  with_element(y.precision, [&](auto* null) {
    using Element = std::remove_pointer_t<decltype(null)>;
    for_each(
        threads_, shape.batch * shape.outputs(),
        StateGatherer<Element>{{static_cast<Element const*>(y.data), states.data(), shape.steps,
                                shape.batch, shape.hidden, shape.directions, columns, column}});
  });
}

void CpuBackend::final_states_backward(DeviceSpan<float const> d_states, LstmShape const& shape,
                                       std::size_t columns, std::size_t column, Activations dy) {
  char const* const call = "final_states_backward";
  require_size(call, "dy", dy.size, shape.steps * shape.batch * shape.outputs());
  require_size(call, "d_states", d_states.size(), shape.batch * columns);
  require_columns(call, columns, column, shape.outputs());
  zero(dy.data, dy.size * element_bytes(dy.precision));
  with_element(dy.precision, [&](auto* null) {
    using Element = std::remove_pointer_t<decltype(null)>;
    for_each(
        threads_, shape.batch * shape.outputs(),
        StateScatterer<Element>{{static_cast<Element*>(dy.data), d_states.data(), shape.steps,
                                 shape.batch, shape.hidden, shape.directions, columns, column}});
  });
}

void CpuBackend::linear(DeviceSpan<float const> x, DeviceSpan<float const> w,
                        DeviceSpan<float const> b, DeviceSpan<float> y) {
  std::size_t const outputs = b.size();
  std::size_t const inputs = rows_of("linear", "w", w.size(), outputs);
  std::size_t const batch = rows_of("linear", "x", x.size(), inputs);
  require_size("linear", "y", y.size(), batch * outputs);
  cpu::linear(threads_, {batch, inputs, outputs}, x.data(), w.data(), b.data(), y.data());
}

void CpuBackend::linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                                 DeviceSpan<float const> dy, DeviceSpan<float> dx,
                                 DeviceSpan<float> dw, DeviceSpan<float> db) {
  char const* const call = "linear_backward";
  std::size_t const outputs = db.size();
  std::size_t const inputs = rows_of(call, "w", w.size(), outputs);
  std::size_t const batch = rows_of(call, "x", x.size(), inputs);
  require_size(call, "dy", dy.size(), batch * outputs);
  require_size(call, "dw", dw.size(), w.size());
  if (!dx.empty()) require_size(call, "dx", dx.size(), x.size());
  cpu::linear_backward(threads_, {batch, inputs, outputs}, x.data(), w.data(), dy.data(),
                       dx.empty() ? nullptr : dx.data(), dw.data(), db.data());
}

void CpuBackend::loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
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
  for (std::size_t n = 0; n < prediction.size(); ++n) term(n);
  for (std::size_t n = 0; n < valid_count; ++n) loss_sum_ += term.value(n);
}

void CpuBackend::adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
                       DeviceSpan<float> v, DeviceSpan<float const> gradients) {
  require_size("adamw", "m", m.size(), params.size());
  require_size("adamw", "v", v.size(), params.size());
  require_size("adamw", "gradients", gradients.size(), params.size());
  for_each(threads_, params.size(),
           AdamwUpdater::of(step, params.data(), m.data(), v.data(), gradients.data()));
}

}  // namespace
}  // namespace cpu

std::unique_ptr<Backend> make_cpu_backend(std::size_t threads) {
  return std::make_unique<cpu::CpuBackend>(threads);
}

}  // namespace moneta
