// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"

namespace moneta {

/// Forwards every call to another backend; tests derive from it to change some of them.
class WrappedBackend : public Backend {
 public:
  explicit WrappedBackend(Backend& inner) : inner_(inner) {}

  bool is_present() const override { return inner_.is_present(); }
  std::string description() const override { return inner_.description(); }
  std::string rounding_identity() const override { return inner_.rounding_identity(); }
  bool supports(Precision precision) const override { return inner_.supports(precision); }
  bool multiplies_fast(Precision precision) const override {
    return inner_.multiplies_fast(precision);
  }
  DeviceSpeed speed(Precision precision) const override { return inner_.speed(precision); }
  std::optional<DeviceMemoryUse> memory_use() const override { return inner_.memory_use(); }
  bool overlaps_weight_gradients() const override { return inner_.overlaps_weight_gradients(); }
  std::size_t largest_micro_batch(LstmShape const& shape) const override {
    return inner_.largest_micro_batch(shape);
  }
  Precision gradient_precision(Precision precision) const override {
    return inner_.gradient_precision(precision);
  }
  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    return inner_.allocate(bytes);
  }
  std::unique_ptr<DeviceMemory> allocate_on_host(std::size_t bytes) override {
    return inner_.allocate_on_host(bytes);
  }
  void upload(void* device, void const* host, std::size_t bytes) override {
    inner_.upload(device, host, bytes);
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    inner_.download(host, device, bytes);
  }
  std::unique_ptr<CopyStream> make_copy_stream() override { return inner_.make_copy_stream(); }
  void zero(void* device, std::size_t bytes) override { inner_.zero(device, bytes); }
  void synchronize() override { inner_.synchronize(); }
  void measure_memory() override { inner_.measure_memory(); }
  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    return inner_.make_lstm(shape);
  }
  std::optional<LstmBenchmark> benchmark_persistent_lstm(LstmShape const& shape,
                                                         KeepWaiting const& keep_waiting) override {
    return inner_.benchmark_persistent_lstm(shape, keep_waiting);
  }
  LstmBytes lstm_bytes(LstmShape const& shape) const override { return inner_.lstm_bytes(shape); }
  void gather_windows(DeviceSpan<float const> rows, DeviceSpan<std::int64_t const> ends,
                      DeviceSpan<float const> mean, DeviceSpan<float const> inverse_stddev,
                      std::size_t steps, Activations x) override {
    inner_.gather_windows(rows, ends, mean, inverse_stddev, steps, x);
  }
  void dropout(Activations in, std::size_t steps, std::size_t batch,
               DeviceSpan<std::uint64_t const> samples, DropoutSite site,
               Activations out) override {
    inner_.dropout(in, steps, batch, samples, site, out);
  }
  void final_states(Activations y, LstmShape const& shape, DeviceSpan<float> states,
                    std::size_t columns, std::size_t column) override {
    inner_.final_states(y, shape, states, columns, column);
  }
  void final_states_backward(DeviceSpan<float const> d_states, LstmShape const& shape,
                             std::size_t columns, std::size_t column, Activations dy) override {
    inner_.final_states_backward(d_states, shape, columns, column, dy);
  }
  void linear(DeviceSpan<float const> x, DeviceSpan<float const> w, DeviceSpan<float const> b,
              DeviceSpan<float> y) override {
    inner_.linear(x, w, b, y);
  }
  void linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                       DeviceSpan<float const> dy, DeviceSpan<float> dx, DeviceSpan<float> dw,
                       DeviceSpan<float> db, InputGradient mode) override {
    inner_.linear_backward(x, w, dy, dx, dw, db, mode);
  }
  void layer_norm(DeviceSpan<float const> x, DeviceSpan<float const> weight,
                  DeviceSpan<float const> bias, DeviceSpan<float> y,
                  DeviceSpan<float> moments) override {
    inner_.layer_norm(x, weight, bias, y, moments);
  }
  void layer_norm_backward(DeviceSpan<float const> x, DeviceSpan<float const> moments,
                           DeviceSpan<float const> weight, DeviceSpan<float const> dy,
                           DeviceSpan<float> dx, DeviceSpan<float> d_weight,
                           DeviceSpan<float> d_bias) override {
    inner_.layer_norm_backward(x, moments, weight, dy, dx, d_weight, d_bias);
  }
  void softmax(DeviceSpan<float> x, std::size_t columns, float scale) override {
    inner_.softmax(x, columns, scale);
  }
  void softmax_backward(DeviceSpan<float const> p, std::size_t columns, float scale,
                        DeviceSpan<float> d) override {
    inner_.softmax_backward(p, columns, scale, d);
  }
  void multiply(BatchedProduct const& product, DeviceSpan<float const> a, DeviceSpan<float const> b,
                DeviceSpan<float> c) override {
    inner_.multiply(product, a, b, c);
  }
  void split_heads(HeadShape const& shape, DeviceSpan<float const> rows,
                   DeviceSpan<float> by_head) override {
    inner_.split_heads(shape, rows, by_head);
  }
  void merge_heads(HeadShape const& shape, DeviceSpan<float const> by_head,
                   DeviceSpan<float> rows) override {
    inner_.merge_heads(shape, by_head, rows);
  }
  void add(DeviceSpan<float const> a, DeviceSpan<float const> b, DeviceSpan<float> sum) override {
    inner_.add(a, b, sum);
  }
  void read_sequences(Activations y, SequenceRange const& range, DeviceSpan<float> x) override {
    inner_.read_sequences(y, range, x);
  }
  void write_sequences(DeviceSpan<float const> x, SequenceRange const& range,
                       Activations y) override {
    inner_.write_sequences(x, range, y);
  }
  void time_mean(DeviceSpan<float const> rows, SequenceRange const& range, DeviceSpan<float> states,
                 std::size_t columns, std::size_t column) override {
    inner_.time_mean(rows, range, states, columns, column);
  }
  void time_mean_backward(DeviceSpan<float const> d_states, SequenceRange const& range,
                          std::size_t columns, std::size_t column,
                          DeviceSpan<float> rows) override {
    inner_.time_mean_backward(d_states, range, columns, column, rows);
  }
  void relu(DeviceSpan<float> x) override { inner_.relu(x); }
  void relu_backward(DeviceSpan<float const> y, DeviceSpan<float> dx) override {
    inner_.relu_backward(y, dx);
  }
  void loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
            DeviceSpan<float const> target, std::size_t valid_count, float scale,
            DeviceSpan<float> d_prediction) override {
    inner_.loss(function, huber_delta, prediction, target, valid_count, scale, d_prediction);
  }
  double take_loss_sum() override { return inner_.take_loss_sum(); }
  double sum_of_squares(DeviceSpan<float const> values) override {
    return inner_.sum_of_squares(values);
  }
  void adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
             DeviceSpan<float> v, DeviceSpan<float const> gradients) override {
    inner_.adamw(step, params, m, v, gradients);
  }

 protected:
  Backend& inner_;
};

}  // namespace moneta
