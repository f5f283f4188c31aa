// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

#include "backend/cpu/make.h"
#include "backend/element_type.h"
#include "support/wrapped_backend.h"

namespace moneta {

inline LstmShape in_f32(LstmShape shape) {
  shape.precision = Precision::f32;
  return shape;
}

/// Activations in fp16 and a copy of them in float32.
class WidenedActivations {
 public:
  WidenedActivations(Backend& cpu, Activations half)
      : half_(half), memory_(cpu.allocate(std::max<std::size_t>(half.size, 1) * sizeof(float))) {}

  /// The copy, with undefined values.
  Activations copy() { return {memory_->data(), half_.size, Precision::f32}; }
  /// The copy, with the values of the activations.
  Activations load() {
    auto const* const from = static_cast<F16 const*>(half_.data);
    std::transform(from, from + half_.size, values(), [](F16 each) { return to_float(each); });
    return copy();
  }
  /// Rounds the copy to the activations.
  void store() {
    std::transform(values(), values() + half_.size, static_cast<F16*>(half_.data),
                   [](float each) { return from_float<F16>(each); });
  }

 private:
  float* values() { return static_cast<float*>(memory_->data()); }

  Activations half_;
  std::unique_ptr<DeviceMemory> memory_;
};

/// An LSTM layer whose activations and their gradients are in fp16. It computes in float32.
class HalfLstm : public LstmLayer {
 public:
  HalfLstm(Backend& cpu, LstmShape const& shape)
      : cpu_(cpu), layer_(cpu.make_lstm(in_f32(shape))) {}

  void load_parameters(DeviceSpan<float const> parameters) override {
    layer_->load_parameters(parameters);
  }
  void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
               DeviceSpan<std::byte> scratch) override {
    WidenedActivations wide_x(cpu_, x), wide_y(cpu_, y);
    layer_->forward(wide_x.load(), wide_y.copy(), workspace, scratch);
    wide_y.store();
  }
  void backward(Activations x, Activations y, Activations dy, DeviceSpan<std::byte> workspace,
                DeviceSpan<std::byte> scratch, Activations dx,
                DeviceSpan<float> d_parameters) override {
    WidenedActivations wide_x(cpu_, x), wide_y(cpu_, y), wide_dy(cpu_, dy), wide_dx(cpu_, dx);
    layer_->backward(wide_x.load(), wide_y.load(), wide_dy.load(), workspace, scratch,
                     wide_dx.copy(), d_parameters);
    wide_dx.store();
  }

 private:
  Backend& cpu_;
  std::unique_ptr<LstmLayer> layer_;
};

/// The CPU as a device that has fp16, and whose gradients overflow beyond a chosen scale.
class HalfBackend : public WrappedBackend {
 public:
  /// The gradient of the loss times more than `largest_scale` is infinite. It may change later.
  explicit HalfBackend(double const& largest_scale,
                       std::unique_ptr<Backend> cpu = make_cpu_backend(1))
      : WrappedBackend(*cpu), cpu_(std::move(cpu)), largest_scale_(largest_scale) {}

  bool supports(Precision precision) const override {
    return precision == Precision::fp16 || WrappedBackend::supports(precision);
  }
  Precision gradient_precision(Precision precision) const override {
    return precision == Precision::fp16 ? precision : WrappedBackend::gradient_precision(precision);
  }
  LstmBytes lstm_bytes(LstmShape const& shape) const override {
    return WrappedBackend::lstm_bytes(in_f32(shape));
  }
  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    if (shape.precision != Precision::fp16) return WrappedBackend::make_lstm(shape);
    return std::make_unique<HalfLstm>(inner_, shape);
  }
  void loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
            DeviceSpan<float const> target, std::size_t valid_count, float scale,
            DeviceSpan<float> d_prediction) override {
    WrappedBackend::loss(function, huber_delta, prediction, target, valid_count, scale,
                         d_prediction);
    if (!(double{scale} > largest_scale_)) return;
    float const infinite = std::numeric_limits<float>::infinity();
    inner_.upload(d_prediction.data(), &infinite, sizeof infinite);
  }

 private:
  std::unique_ptr<Backend> cpu_;
  double const& largest_scale_;
};

}  // namespace moneta
