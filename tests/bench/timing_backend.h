// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "backend/backend.h"
#include "support/wrapped_backend.h"

namespace moneta {

/// Seconds spent in each kind of work.
using Timings = std::map<std::string, double>;

/// Sums the time of every kind of call. Because a backend may queue its calls, the timer
/// synchronizes before and after each one; the sum of the parts therefore does not profit from the
/// queue.
class CallTimer {
 public:
  explicit CallTimer(Backend& backend) : backend_(backend) {}

  /// Runs `work` and adds its duration to timings[name] if the timer is on.
  template <class Work>
  auto timed(char const* name, Work const& work) {
    if (!on) return work();
    backend_.synchronize();
    auto const start = std::chrono::steady_clock::now();
    auto const stop = [&] {
      backend_.synchronize();
      std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - start;
      timings[name] += taken.count();
    };
    if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
      work();
      stop();
    } else {
      auto const result = work();
      stop();
      return result;
    }
  }

  bool on = true;
  Timings timings;

 private:
  Backend& backend_;
};

class TimingLstm : public LstmLayer {
 public:
  TimingLstm(std::unique_ptr<LstmLayer> layer, CallTimer& timer)
      : layer_(std::move(layer)), timer_(timer) {}
  void load_parameters(DeviceSpan<float const> parameters) override {
    timer_.timed("lstm_weights", [&] { layer_->load_parameters(parameters); });
  }
  void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
               DeviceSpan<std::byte> scratch) override {
    timer_.timed("lstm_forward", [&] { layer_->forward(x, y, workspace, scratch); });
  }
  void backward(Activations x, Activations y, Activations dy, DeviceSpan<std::byte> workspace,
                DeviceSpan<std::byte> scratch, Activations dx,
                DeviceSpan<float> d_parameters) override {
    timer_.timed("lstm_backward",
                 [&] { layer_->backward(x, y, dy, workspace, scratch, dx, d_parameters); });
  }

 private:
  std::unique_ptr<LstmLayer> layer_;
  CallTimer& timer_;
};

/// Owns the backend that TimingBackend wraps.
struct BackendOwner {
  std::unique_ptr<Backend> owned;
};

/// A backend that times every call to another one.
class TimingBackend : private BackendOwner, public WrappedBackend {
 public:
  explicit TimingBackend(std::unique_ptr<Backend> inner)
      : BackendOwner{std::move(inner)}, WrappedBackend(*owned), timer_(*owned) {}
  CallTimer& timer() { return timer_; }
  Backend& inner() { return inner_; }

  void upload(void* device, void const* host, std::size_t bytes) override {
    timer_.timed("copies", [&] { inner_.upload(device, host, bytes); });
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    timer_.timed("copies", [&] { inner_.download(host, device, bytes); });
  }
  void zero(void* device, std::size_t bytes) override {
    timer_.timed("zero", [&] { inner_.zero(device, bytes); });
  }
  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    return std::make_unique<TimingLstm>(inner_.make_lstm(shape), timer_);
  }
  void gather_windows(DeviceSpan<float const> rows, DeviceSpan<std::int64_t const> ends,
                      DeviceSpan<float const> mean, DeviceSpan<float const> inverse_stddev,
                      std::size_t steps, Activations x) override {
    timer_.timed("gather",
                 [&] { inner_.gather_windows(rows, ends, mean, inverse_stddev, steps, x); });
  }
  void dropout(Activations in, std::size_t steps, std::size_t batch,
               DeviceSpan<std::uint64_t const> samples, DropoutSite site,
               Activations out) override {
    timer_.timed("dropout", [&] { inner_.dropout(in, steps, batch, samples, site, out); });
  }
  void final_states(Activations y, LstmShape const& shape, DeviceSpan<float> states,
                    std::size_t columns, std::size_t column) override {
    timer_.timed("states", [&] { inner_.final_states(y, shape, states, columns, column); });
  }
  void final_states_backward(DeviceSpan<float const> d_states, LstmShape const& shape,
                             std::size_t columns, std::size_t column, Activations dy) override {
    timer_.timed("states",
                 [&] { inner_.final_states_backward(d_states, shape, columns, column, dy); });
  }
  void linear(DeviceSpan<float const> x, DeviceSpan<float const> w, DeviceSpan<float const> b,
              DeviceSpan<float> y) override {
    timer_.timed("linear", [&] { inner_.linear(x, w, b, y); });
  }
  void linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                       DeviceSpan<float const> dy, DeviceSpan<float> dx, DeviceSpan<float> dw,
                       DeviceSpan<float> db, InputGradient mode) override {
    timer_.timed("linear", [&] { inner_.linear_backward(x, w, dy, dx, dw, db, mode); });
  }
  void relu(DeviceSpan<float> x) override {
    timer_.timed("relu", [&] { inner_.relu(x); });
  }
  void relu_backward(DeviceSpan<float const> y, DeviceSpan<float> dx) override {
    timer_.timed("relu", [&] { inner_.relu_backward(y, dx); });
  }
  void loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
            DeviceSpan<float const> target, std::size_t valid_count, float scale,
            DeviceSpan<float> d_prediction) override {
    timer_.timed("loss", [&] {
      inner_.loss(function, huber_delta, prediction, target, valid_count, scale, d_prediction);
    });
  }
  double take_loss_sum() override {
    return timer_.timed("loss", [&] { return inner_.take_loss_sum(); });
  }
  double sum_of_squares(DeviceSpan<float const> values) override {
    return timer_.timed("norm", [&] { return inner_.sum_of_squares(values); });
  }
  void adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
             DeviceSpan<float> v, DeviceSpan<float const> gradients) override {
    timer_.timed("adamw", [&] { inner_.adamw(step, params, m, v, gradients); });
  }

 private:
  CallTimer timer_;
};

}  // namespace moneta
