// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

#include "backend/lstm.h"

namespace moneta {

/// One LSTM layer in double, slow and obvious: the equations of torch.nn.LSTM and their
/// derivatives. Arrays as in backend/lstm.h.
class ReferenceLstm {
 public:
  using Values = std::vector<double>;

  ReferenceLstm(LstmShape const& shape, Values parameters)
      : shape_(shape), parameters_(std::move(parameters)) {}

  /// y [T,N,DH].
  Values forward(Values const& x) const {
    Values y(shape_.steps * shape_.batch * shape_.outputs());
    for (std::size_t d = 0; d < shape_.directions; ++d)
      for (std::size_t n = 0; n < shape_.batch; ++n) scan(x, d, n, y);
    return y;
  }

  struct Gradients {
    Values x, parameters;
  };
  Gradients backward(Values const& x, Values const& dy) const {
    Gradients gradients{Values(x.size()), Values(parameters_.size())};
    for (std::size_t d = 0; d < shape_.directions; ++d)
      for (std::size_t n = 0; n < shape_.batch; ++n) scan_back(x, dy, d, n, gradients);
    return gradients;
  }

 private:
  struct Step {
    Values i, f, g, o, c, h;
  };
  struct Slices {
    std::size_t input, recurrent, bias;
  };

  static double sigmoid(double value) { return 1 / (1 + std::exp(-value)); }

  Slices slices(std::size_t d) const {
    std::size_t const gates = 4 * shape_.hidden, first = d * shape_.direction_parameters();
    return {first, first + gates * shape_.weight_inputs,
            first + gates * (shape_.weight_inputs + shape_.hidden)};
  }
  /// The time t of step s in direction d.
  std::size_t time(std::size_t d, std::size_t s) const { return d == 0 ? s : shape_.steps - 1 - s; }
  std::size_t at_x(std::size_t t, std::size_t n) const {
    return (t * shape_.batch + n) * shape_.inputs;
  }
  std::size_t at_y(std::size_t t, std::size_t n, std::size_t d) const {
    return (t * shape_.batch + n) * shape_.outputs() + d * shape_.hidden;
  }

  double sum(Values const& x, std::size_t at, Values const& h, Slices const& w,
             std::size_t row) const {
    double value = parameters_[w.bias + row];
    for (std::size_t k = 0; k < shape_.weight_inputs; ++k)
      value += parameters_[w.input + row * shape_.weight_inputs + k] * x[at + k];
    for (std::size_t k = 0; k < shape_.hidden; ++k)
      value += parameters_[w.recurrent + row * shape_.hidden + k] * h[k];
    return value;
  }

  std::vector<Step> steps(Values const& x, std::size_t d, std::size_t n) const {
    std::size_t const hidden = shape_.hidden;
    Values h(hidden), c(hidden);
    std::vector<Step> result;
    for (std::size_t s = 0; s < shape_.steps; ++s) {
      Step step;
      std::size_t const at = at_x(time(d, s), n);
      for (std::size_t j = 0; j < hidden; ++j) {
        step.i.push_back(sigmoid(sum(x, at, h, slices(d), j)));
        step.f.push_back(sigmoid(sum(x, at, h, slices(d), hidden + j)));
        step.g.push_back(std::tanh(sum(x, at, h, slices(d), 2 * hidden + j)));
        step.o.push_back(sigmoid(sum(x, at, h, slices(d), 3 * hidden + j)));
        step.c.push_back(step.f[j] * c[j] + step.i[j] * step.g[j]);
        step.h.push_back(step.o[j] * std::tanh(step.c[j]));
      }
      h = step.h;
      c = step.c;
      result.push_back(step);
    }
    return result;
  }

  void scan(Values const& x, std::size_t d, std::size_t n, Values& y) const {
    std::vector<Step> const run = steps(x, d, n);
    for (std::size_t s = 0; s < shape_.steps; ++s)
      for (std::size_t j = 0; j < shape_.hidden; ++j) y[at_y(time(d, s), n, d) + j] = run[s].h[j];
  }

  void scan_back(Values const& x, Values const& dy, std::size_t d, std::size_t n,
                 Gradients& gradients) const {
    std::size_t const hidden = shape_.hidden;
    std::vector<Step> const run = steps(x, d, n);
    Values const nothing(hidden);
    Values dh(hidden), dc(hidden);
    for (std::size_t s = shape_.steps; s-- > 0;) {
      Step const& step = run[s];
      Values const& c_before = s > 0 ? run[s - 1].c : nothing;
      Values const& h_before = s > 0 ? run[s - 1].h : nothing;
      Values d_sums(4 * hidden);
      for (std::size_t j = 0; j < hidden; ++j) {
        double const d_h = dh[j] + dy[at_y(time(d, s), n, d) + j], tanh_c = std::tanh(step.c[j]);
        double const d_c = dc[j] + d_h * step.o[j] * (1 - tanh_c * tanh_c);
        d_sums[j] = d_c * step.g[j] * step.i[j] * (1 - step.i[j]);
        d_sums[hidden + j] = d_c * c_before[j] * step.f[j] * (1 - step.f[j]);
        d_sums[2 * hidden + j] = d_c * step.i[j] * (1 - step.g[j] * step.g[j]);
        d_sums[3 * hidden + j] = d_h * tanh_c * step.o[j] * (1 - step.o[j]);
        dc[j] = d_c * step.f[j];
      }
      dh.assign(hidden, 0.0);
      spread(d_sums, x, at_x(time(d, s), n), h_before, slices(d), gradients, dh);
    }
  }

  /// Propagates the gradient of the gates' pre-activations to weights, bias, x and the previous
  /// state.
  void spread(Values const& d_sums, Values const& x, std::size_t at, Values const& h_before,
              Slices const& w, Gradients& gradients, Values& dh) const {
    for (std::size_t row = 0; row < d_sums.size(); ++row) {
      for (std::size_t k = 0; k < shape_.weight_inputs; ++k) {
        std::size_t const weight = w.input + row * shape_.weight_inputs + k;
        gradients.parameters[weight] += d_sums[row] * x[at + k];
        gradients.x[at + k] += d_sums[row] * parameters_[weight];
      }
      for (std::size_t k = 0; k < shape_.hidden; ++k) {
        std::size_t const weight = w.recurrent + row * shape_.hidden + k;
        gradients.parameters[weight] += d_sums[row] * h_before[k];
        dh[k] += d_sums[row] * parameters_[weight];
      }
      gradients.parameters[w.bias + row] += d_sums[row];
    }
  }

  LstmShape shape_;
  Values parameters_;
};

}  // namespace moneta
