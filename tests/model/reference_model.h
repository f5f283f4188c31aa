// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/functors.h"
#include "batch_on_device.h"
#include "model/dropout_masks.h"

namespace moneta {

/// The model in double, one window at a time, slow and obvious; forward pass only.
class ReferenceModel {
 public:
  ReferenceModel(ForecasterShape const& shape, ParameterLayout const& layout)
      : shape_(shape), layout_(layout), directions_(shape.model.bidirectional ? 2 : 1) {}

  /// Prediction of window n; `masks` without samples.
  double predict(std::vector<double> const& params, HostBatch const& batch, std::size_t n,
                 DropoutMasks const& masks) const {
    std::vector<double> states;
    for (std::size_t k = 0; k < shape_.timeframes.size(); ++k) {
      append_states(params, batch, k, n, masks, states);
    }
    drop(states, masks, masks.head(0), batch.samples[n]);
    std::vector<double> hidden = linear(params, "head.hidden", states);
    for (double& value : hidden) value = std::max(value, 0.0);
    drop(hidden, masks, masks.head(1), batch.samples[n]);
    return linear(params, "head.output", hidden)[0];
  }

  /// Sum of the losses of the valid windows.
  double loss(std::vector<double> const& params, HostBatch const& batch,
              DropoutMasks const& masks) const {
    double sum = 0;
    for (std::size_t n = 0; n < batch.valid_count; ++n) {
      double const error = predict(params, batch, n, masks) - double{batch.target[n]};
      double const size = std::fabs(error), delta = shape_.huber_delta;
      if (shape_.loss == LossFunction::mse) {
        sum += error * error;
      } else {
        sum += size <= delta ? 0.5 * error * error : delta * (size - 0.5 * delta);
      }
    }
    return sum;
  }

 private:
  using Rows = std::vector<std::vector<double>>;  // [T][...]

  static double sigmoid(double value) { return 1 / (1 + std::exp(-value)); }

  double const* slice(std::vector<double> const& params, std::string const& name) const {
    return params.data() + layout_.at(name).offset;
  }

  Rows window(HostWindows const& windows, std::size_t steps, std::size_t n) const {
    Rows x(steps, std::vector<double>(feature_count));
    for (std::size_t t = 0; t < steps; ++t) {
      std::size_t const row = static_cast<std::size_t>(windows.ends[n]) + 1 + t - steps;
      for (std::size_t f = 0; f < feature_count; ++f) {
        double const value = windows.rows[row * feature_count + f];
        double const scaled = (value - windows.mean[f]) * windows.inverse_stddev[f];
        x[t][f] = std::clamp(scaled, -10.0, 10.0);
      }
    }
    return x;
  }

  /// One direction of a layer; y[t][column...] = h at t.
  void scan(std::vector<double> const& params, std::string const& start, std::string const& end,
            bool backwards, Rows const& x, std::size_t column, Rows& y) const {
    std::size_t const hidden = shape_.model.hidden, inputs = x[0].size();
    double const* const w = slice(params, start + "weight_ih" + end);
    double const* const r = slice(params, start + "weight_hh" + end);
    double const* const b = slice(params, start + "bias_ih" + end);
    std::vector<double> h(hidden), c(hidden), gates(4 * hidden);
    for (std::size_t step = 0; step < x.size(); ++step) {
      std::size_t const t = backwards ? x.size() - 1 - step : step;
      for (std::size_t g = 0; g < 4 * hidden; ++g) {
        gates[g] = b[g];
        for (std::size_t f = 0; f < inputs; ++f) gates[g] += w[g * inputs + f] * x[t][f];
        for (std::size_t j = 0; j < hidden; ++j) gates[g] += r[g * hidden + j] * h[j];
      }
      for (std::size_t j = 0; j < hidden; ++j) {
        c[j] = sigmoid(gates[hidden + j]) * c[j] +
               sigmoid(gates[j]) * std::tanh(gates[2 * hidden + j]);
        h[j] = sigmoid(gates[3 * hidden + j]) * std::tanh(c[j]);
        y[t][column + j] = h[j];
      }
    }
  }

  void append_states(std::vector<double> const& params, HostBatch const& batch, std::size_t k,
                     std::size_t n, DropoutMasks const& masks, std::vector<double>& states) const {
    std::size_t const hidden = shape_.model.hidden, steps = shape_.timeframes[k].steps;
    Rows x = window(batch.windows[k], steps, n);
    for (std::size_t l = 0; l < shape_.model.layers; ++l) {
      if (l > 0) drop_rows(x, masks, masks.after_layer(k, l - 1), batch.samples[n]);
      Rows y(steps, std::vector<double>(directions_ * hidden));
      std::string const start = "encoder." + shape_.timeframes[k].name + ".";
      std::string const end = "_l" + std::to_string(l);
      scan(params, start, end, false, x, 0, y);
      if (directions_ == 2) scan(params, start, end + "_reverse", true, x, hidden, y);
      x = y;
    }
    if (shape_.model.transformer.enabled) {
      run_transformer(params, k, masks, batch.samples[n], x);
      for (std::size_t j = 0; j < x[0].size(); ++j) {
        double sum = 0;
        for (auto const& row : x) sum += row[j];
        states.push_back(sum / static_cast<double>(steps));
      }
      return;
    }
    states.insert(states.end(), x.back().begin(),
                  x.back().begin() + static_cast<std::ptrdiff_t>(hidden));
    if (directions_ == 2) {
      states.insert(states.end(), x[0].begin() + static_cast<std::ptrdiff_t>(hidden), x[0].end());
    }
  }

  std::vector<double> linear(std::vector<double> const& params, std::string const& name,
                             std::vector<double> const& x) const {
    ParameterSlice const& bias = layout_.at(name + ".bias");
    double const* const w = slice(params, name + ".weight");
    std::vector<double> y(bias.size);
    for (std::size_t o = 0; o < y.size(); ++o) {
      y[o] = params[bias.offset + o];
      for (std::size_t i = 0; i < x.size(); ++i) y[o] += w[o * x.size() + i] * x[i];
    }
    return y;
  }

  std::vector<double> normalized(std::vector<double> const& params, std::string const& name,
                                 std::vector<double> const& x) const {
    double const* const weight = slice(params, name + ".weight");
    double const* const bias = slice(params, name + ".bias");
    double mean = 0, variance = 0;
    for (double const value : x) mean += value / static_cast<double>(x.size());
    for (double const value : x) {
      variance += (value - mean) * (value - mean) / static_cast<double>(x.size());
    }
    std::vector<double> y(x.size());
    for (std::size_t j = 0; j < x.size(); ++j) {
      y[j] = (x[j] - mean) / std::sqrt(variance + 1e-5) * weight[j] + bias[j];
    }
    return y;
  }

  /// The attention of one head: columns `first` to first + width of q, k and v [T][3d].
  void attend(Rows const& qkv, std::size_t head, std::size_t width, DropoutMasks const& masks,
              DropoutSite site, std::uint64_t sample, Rows& context) const {
    std::size_t const steps = qkv.size(), d = qkv[0].size() / 3, first = head * width;
    for (std::size_t t = 0; t < steps; ++t) {
      std::vector<double> p(steps);
      double sum = 0;
      for (std::size_t u = 0; u < steps; ++u) {
        double score = 0;
        for (std::size_t j = first; j < first + width; ++j) score += qkv[t][j] * qkv[u][d + j];
        p[u] = std::exp(score / std::sqrt(static_cast<double>(width)));
        sum += p[u];
      }
      for (double& value : p) value /= sum;
      drop(p, masks, site, sample, (head * steps + t) * steps);
      for (std::size_t j = first; j < first + width; ++j) {
        for (std::size_t u = 0; u < steps; ++u) context[t][j] += p[u] * qkv[u][2 * d + j];
      }
    }
  }

  static void add_rows(Rows const& added, Rows& x) {
    for (std::size_t t = 0; t < x.size(); ++t) {
      for (std::size_t j = 0; j < x[t].size(); ++j) x[t][j] += added[t][j];
    }
  }

  /// torch.nn.TransformerEncoder with norm_first, ReLU and a final norm; x [T][d].
  void run_transformer(std::vector<double> const& params, std::size_t k, DropoutMasks const& masks,
                       std::uint64_t sample, Rows& x) const {
    TransformerConfig const& config = shape_.model.transformer;
    std::string const start = "transformer." + shape_.timeframes[k].name + ".";
    std::size_t const steps = x.size(), d = x[0].size();
    for (std::size_t block = 0; block < config.layers; ++block) {
      std::string const name = start + "layers." + std::to_string(block) + ".";
      auto const site = [&](std::size_t place) { return masks.in_block(k, block, place); };
      Rows qkv(steps), context(steps, std::vector<double>(d)), added(steps);
      double const* const w = slice(params, name + "self_attn.in_proj_weight");
      double const* const b = slice(params, name + "self_attn.in_proj_bias");
      for (std::size_t t = 0; t < steps; ++t) {
        std::vector<double> const normal = normalized(params, name + "norm1", x[t]);
        for (std::size_t o = 0; o < 3 * d; ++o) {
          double sum = b[o];
          for (std::size_t j = 0; j < d; ++j) sum += w[o * d + j] * normal[j];
          qkv[t].push_back(sum);
        }
      }
      for (std::size_t head = 0; head < config.heads; ++head) {
        attend(qkv, head, d / config.heads, masks, site(0), sample, context);
      }
      for (std::size_t t = 0; t < steps; ++t) {
        added[t] = linear(params, name + "self_attn.out_proj", context[t]);
      }
      drop_rows(added, masks, site(1), sample);
      add_rows(added, x);
      Rows inner(steps);
      for (std::size_t t = 0; t < steps; ++t) {
        inner[t] = linear(params, name + "linear1", normalized(params, name + "norm2", x[t]));
        for (double& value : inner[t]) value = std::max(value, 0.0);
      }
      drop_rows(inner, masks, site(2), sample);
      for (std::size_t t = 0; t < steps; ++t) {
        added[t] = linear(params, name + "linear2", inner[t]);
      }
      drop_rows(added, masks, site(3), sample);
      add_rows(added, x);
    }
    for (auto& row : x) row = normalized(params, start + "norm", row);
  }

  static void drop(std::vector<double>& values, DropoutMasks const& masks, DropoutSite site,
                   std::uint64_t sample, std::size_t first = 0) {
    if (!masks.on()) return;
    DropoutMask const mask = DropoutMask::of(site);
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::size_t const number = first + i;
      PhiloxWords const words = philox(mask.key, sample, number / 8);
      values[i] *= double{mask.apply(1.0f, DropoutMask::number_bits(words, number))};
    }
  }

  static void drop_rows(Rows& x, DropoutMasks const& masks, DropoutSite site,
                        std::uint64_t sample) {
    for (std::size_t t = 0; t < x.size(); ++t) drop(x[t], masks, site, sample, t * x[t].size());
  }

  ForecasterShape const& shape_;
  ParameterLayout const& layout_;
  std::size_t directions_;
};

}  // namespace moneta
