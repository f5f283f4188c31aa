// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "backend/copy_stream.h"
#include "backend/device_facts.h"
#include "backend/device_span.h"
#include "backend/lstm.h"

namespace moneta {

/// Memory of a device, owned by scope, taken before the first step.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(DeviceMemory const&) = delete;
  DeviceMemory& operator=(DeviceMemory const&) = delete;
  virtual ~DeviceMemory() = default;
  virtual void* data() = 0;
  virtual std::size_t bytes() const = 0;
};

/// How one place of dropout draws its mask: element (n, i) of a batch is dropped when
/// philox(key, sample[n], i) says so; see DropoutMask in backend/functors.h.
struct DropoutSite {
  std::uint64_t key = 0;   ///< random_key(seed, coin, dropout, place)
  double probability = 0;  ///< 0 = copy
};

/// One update of AdamW over a flat array. In double, because 1 - beta2 loses digits in float.
struct AdamwStep {
  double learning_rate = 0, beta1 = 0, beta2 = 0, epsilon = 0, weight_decay = 0;
  double bias1 = 1, bias2 = 1;  ///< 1 - beta^t
  double gradient_scale = 1;    ///< clipping: the factor every gradient is multiplied with
};

enum class LossFunction { mse, huber };

/// Sums of a batch's loss, left on the device until asked for.
struct LossSums {
  double loss = 0;  ///< sum over the counted windows
};

/// What a device computes. Calls are queued in order; only `download`, `synchronize` and the
/// functions that return numbers wait. Spans lie on this backend, sizes are checked, and every
/// failure throws Error (device) that names the call and its sizes.
class Backend : public DeviceFacts {
 public:
  /// Throws OutOfMemory if there is not enough.
  virtual std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) = 0;
  /// Memory of the host that the device copies from and to at full speed. Throws Error (device) if
  /// there is not enough.
  virtual std::unique_ptr<DeviceMemory> allocate_on_host(std::size_t bytes) = 0;
  virtual void upload(void* device, void const* host, std::size_t bytes) = 0;
  virtual void download(void* host, void const* device, std::size_t bytes) = 0;
  /// The backend must outlive it.
  virtual std::unique_ptr<CopyStream> make_copy_stream() = 0;
  virtual void zero(void* device, std::size_t bytes) = 0;
  virtual void synchronize() = 0;
  /// Measures memory_use() anew, while nothing is allocated: a library takes memory for its code
  /// when it is first used. Waits.
  virtual void measure_memory() = 0;

  /// An LSTM layer planned for one shape; see backend/lstm.h.
  virtual std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) = 0;

  /// Tries LstmAlgorithm::persistent on a training layer of this shape; nothing on a device that
  /// has one algorithm. Waits. Takes memory for a few steps of the layer and gives it back. A
  /// failure is a result; only a device that cannot be used any more throws.
  virtual std::optional<LstmBenchmark> try_persistent_lstm(LstmShape const& shape) = 0;

  /// x [T,N,padded F] = clamp((row - mean) / deviation, -10, 10), the padding 0. Window n ends
  /// with row ends[n]; rows [R,F], mean and inverse_deviation [F].
  virtual void gather_windows(DeviceSpan<float const> rows, DeviceSpan<std::int64_t const> ends,
                              DeviceSpan<float const> mean, DeviceSpan<float const> inverse_stddev,
                              std::size_t steps, Activations x) = 0;

  /// out = in with elements dropped and the others divided by 1 - p. Arrays [T,N,C] (T may be 1);
  /// element (t, n, c) draws number t * C + c of sample[n]. in == out is allowed. The backward pass
  /// is the same call on the gradient.
  virtual void dropout(Activations in, std::size_t steps, std::size_t batch,
                       DeviceSpan<std::uint64_t const> samples, DropoutSite place,
                       Activations out) = 0;

  /// states [N, columns] at `column`: y[T-1, n, 0:H], and for two directions y[0, n, H:2H] after
  /// it.
  virtual void final_states(Activations y, LstmShape const& shape, DeviceSpan<float> states,
                            std::size_t columns, std::size_t column) = 0;
  /// dy [T,N,DH] = 0 but for the elements `final_states` read.
  virtual void final_states_backward(DeviceSpan<float const> d_states, LstmShape const& shape,
                                     std::size_t columns, std::size_t column, Activations dy) = 0;

  /// y [N,O] = x [N,I] w^T + b; w [O,I], b [O].
  virtual void linear(DeviceSpan<float const> x, DeviceSpan<float const> w,
                      DeviceSpan<float const> b, DeviceSpan<float> y) = 0;
  /// dx = dy w (skipped if dx is empty); dw += dy^T x; db += column sums of dy.
  virtual void linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                               DeviceSpan<float const> dy, DeviceSpan<float> dx,
                               DeviceSpan<float> dw, DeviceSpan<float> db) = 0;
  /// x = max(x, 0).
  virtual void relu(DeviceSpan<float> x) = 0;
  /// dx = 0 where y <= 0; y is what `relu` left.
  virtual void relu_backward(DeviceSpan<float const> y, DeviceSpan<float> dx) = 0;

  /// d_prediction[n] = scale * d loss / d prediction for n < counted, 0 beyond. Adds the summed
  /// loss of the counted windows to the device's running sum. target [N].
  virtual void loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
                    DeviceSpan<float const> target, std::size_t valid_count, float scale,
                    DeviceSpan<float> d_prediction) = 0;
  /// The running sum since the last call, and sets it to 0. Waits.
  virtual double take_loss_sum() = 0;

  /// Sum of squares of an array, in double, independent of the number of threads. Waits.
  virtual double sum_of_squares(DeviceSpan<float const> values) = 0;
  /// One AdamW update over arrays [P].
  virtual void adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
                     DeviceSpan<float> v, DeviceSpan<float const> gradients) = 0;
};

/// A typed view of `count` elements of device memory.
template <class T>
DeviceSpan<T> span_of(DeviceMemory& memory) {
  return {static_cast<T*>(memory.data()), memory.bytes() / sizeof(T)};
}

}  // namespace moneta
