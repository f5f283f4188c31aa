// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "cuda_model/cudnn_lstm.h"

namespace cuda_model {

/// Numbers in a format on the host. An array without numbers is absent (null).
class HostArray {
 public:
  explicit HostArray(FloatFormat format) : format_(format) {}
  HostArray(FloatFormat format, std::size_t count, float scale, int seed) : format_(format) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i)
      values[i] = scale * std::sin(static_cast<float>(i * 7919 % 1009) + static_cast<float>(seed));
    set(values);
  }

  void set(std::vector<float> const& values) {
    bytes_.resize(values.size() * bytes_of(format_));
    from_floats(format_, values.data(), values.size(), bytes_.data());
  }
  std::size_t count() const { return bytes_.size() / bytes_of(format_); }
  std::vector<float> floats() const {
    std::vector<float> values(count());
    to_floats(format_, bytes_.data(), values.size(), values.data());
    return values;
  }
  void* data() { return bytes_.empty() ? nullptr : bytes_.data(); }
  std::vector<std::byte> const& bytes() const { return bytes_; }

 private:
  FloatFormat format_;
  std::vector<std::byte> bytes_;
};

/// All arrays of a layer, with noise as input.
struct HostLayer {
  explicit HostLayer(LstmSpec const& of)
      : spec(of),
        x(of.format, of.steps * of.batch * of.inputs, 1.0f, 1),
        weights(of.format, LstmWeights(of).count, 0.4f, 2),
        dy(of.format, of.steps * of.batch * of.outputs(), 1.0f, 3),
        hx(of.format),
        cx(of.format),
        dhy(of.format),
        dcy(of.format),
        y(of.format, dy.count(), 0, 0),
        hy(of.format, of.state_count(), 0, 0),
        cy(hy),
        dx(of.format, x.count(), 0, 0),
        dhx(hy),
        dcx(hy),
        d_weights(of.format, weights.count(), 0, 0),
        reserve(of.format, LstmReserve(of).count(), 0, 0) {}

  void forward() {
    lstm_forward(spec, {x.data(), weights.data(), hx.data(), cx.data(), y.data(), hy.data(),
                        cy.data(), reserve.data()});
  }
  void backward() {
    lstm_backward_data(spec, {dy.data(), weights.data(), cx.data(), dhy.data(), dcy.data(),
                              dx.data(), dhx.data(), dcx.data(), reserve.data()});
    lstm_backward_weights(spec, {x.data(), y.data(), hx.data(), reserve.data(), d_weights.data()});
  }
  void run() {
    forward();
    backward();
  }

  LstmSpec spec;
  HostArray x, weights, dy, hx, cx, dhy, dcy, y, hy, cy, dx, dhx, dcx, d_weights, reserve;
};

}  // namespace cuda_model
