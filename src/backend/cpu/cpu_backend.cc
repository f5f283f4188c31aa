// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "backend/cpu/copy_stream.h"
#include "backend/cpu/dropout.h"
#include "backend/cpu/for_each.h"
#include "backend/cpu/gather.h"
#include "backend/cpu/linear.h"
#include "backend/cpu/make.h"
#include "backend/cpu/make_lstm.h"
#include "backend/cpu/memory.h"
#include "backend/cpu/onednn.h"
#include "backend/cpu/reduce.h"
#include "backend/cpu/sum_columns.h"
#include "backend/elementwise_backend.h"

namespace moneta {
namespace cpu {
namespace {

class CpuBackend : public ElementwiseBackend<CpuBackend> {
 public:
  explicit CpuBackend(std::size_t threads) : threads_(threads) {
    MONETA_REQUIRE(
        threads >= 1 && threads <= 4096, device,
        "a CPU backend of {} threads (it must have 1 to 4096). Is OMP_NUM_THREADS set to a wrong value?",
        threads);
  }

  std::string description() const override {
    return fmt::format("CPU, {}{}, oneDNN {}, {}", threads_, threads_ == 1 ? " thread" : " threads",
                       onednn_version(), onednn_isa());
  }
  std::string rounding_identity() const override { return ""; }
  bool supports(Precision precision) const override {
    if (precision == Precision::tf32 || precision == Precision::fp16) return false;
    // Without avx512_bf16, oneDNN emulates bf16 with slower instructions.
    return precision == Precision::f32 || onednn_uses(dnnl_cpu_isa_avx512_core);
  }
  bool multiplies_fast(Precision precision) const override {
    if (precision == Precision::tf32 || precision == Precision::fp16) return false;
    return precision == Precision::f32 || onednn_uses(dnnl_cpu_isa_avx512_core_amx);
  }
  DeviceSpeed speed(Precision precision) const override {
    // Measured with tests/bench (4 layers of 256 units, T = 240, N = 128) on Sapphire Rapids, and
    // on Zen 3 without AVX-512.
    bool const wide = onednn_uses(dnnl_cpu_isa_avx512_core);
    double const one = precision == Precision::bf16 && multiplies_fast(precision) ? 230e9
                       : wide                                                     ? 75e9
                                                                                  : 40e9;
    return {one * static_cast<double>(threads_), 2e-6};
  }
  std::optional<DeviceMemoryUse> memory_use() const override { return {}; }
  bool overlaps_weight_gradients() const override { return false; }
  std::size_t largest_micro_batch(LstmShape const&) const override {
    return 128;  // measured with tests/bench
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
    return std::make_unique<HostCopyStream>();
  }
  void zero(void* device, std::size_t bytes) override {
    if (bytes > 0) std::memset(device, 0, bytes);
  }
  void measure_memory() override {}
  void synchronize() override {}  // every call is finished when it returns

  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    return cpu::make_lstm(shape, threads_);
  }
  std::optional<LstmBenchmark> benchmark_persistent_lstm(LstmShape const&,
                                                         KeepWaiting const&) override {
    return {};
  }
  LstmBytes lstm_bytes(LstmShape const& shape) const override {
    return cpu::lstm_bytes(shape, threads_);
  }

  double take_loss_sum() override { return std::exchange(loss_sum_, 0.0); }
  double sum_of_squares(DeviceSpan<float const> values) override {
    return cpu::sum_of_squares(threads_, values.data(), values.size(), partial_sums_);
  }

 private:
  friend class ElementwiseBackend<CpuBackend>;

  template <class F>
  void run(std::size_t count, F const& f) {
    for_each(threads_, count, f);
  }
  template <class F>
  void run_writing(Activations const& /*written*/, std::size_t count, F const& f) {
    run(count, f);
  }
  template <class Element>
  void run_gather(WindowGatherer<Element> const& gatherer, std::size_t row_count) {
    for (std::size_t n = 0; n < gatherer.batch; ++n) {
      std::int64_t const end = gatherer.ends[n];
      MONETA_REQUIRE(
          end + 1 >= static_cast<std::int64_t>(gatherer.steps) &&
              end < static_cast<std::int64_t>(row_count),
          internal,
          "backend: gather_windows got a window of {} bars that ends with row {} (there are {} rows)",
          gatherer.steps, end, row_count);
    }
    gather(threads_, gatherer);
  }
  template <class Element>
  void run_dropout(Dropper<Element> const& dropper) {
    drop(threads_, dropper);
  }
  void run_linear(LinearShape shape, float const* x, float const* w, float const* b, float* y) {
    cpu::linear(threads_, shape, x, w, b, y);
  }
  void run_linear_backward(LinearShape shape, float const* x, float const* w, float const* dy,
                           float* dx, float* dw, float* db, InputGradient mode) {
    cpu::linear_backward(threads_, shape, x, w, dy, dx, dw, db, mode);
  }
  void run_products(BatchedProduct const& product, float const* a, float const* b, float* c) {
    cpu::multiply(threads_, product, a, b, c);
  }
  template <class F>
  void run_rows(std::size_t rows, std::size_t columns, F const& f) {
    for_each_row(threads_, rows, columns, f);
  }
  template <class Summer>
  void run_column_sums(Summer const& summer) {
    sum_columns(threads_, summer);
  }
  void add_loss(LossTerm const& term) {
    for (std::size_t n = 0; n < term.valid_count; ++n) loss_sum_ += term.value(n);
  }

  std::size_t threads_;
  double loss_sum_ = 0;
  std::vector<double> partial_sums_;
};

}  // namespace
}  // namespace cpu

std::unique_ptr<Backend> make_cpu_backend(std::size_t threads) {
  return std::make_unique<cpu::CpuBackend>(threads);
}

}  // namespace moneta
