// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "backend/copy_stream.h"
#include "backend/device_facts.h"
#include "backend/device_span.h"
#include "backend/lstm.h"
#include "base/loss.h"

namespace moneta {

/// Owns memory of a device. All of it is allocated before the first step.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(DeviceMemory const&) = delete;
  DeviceMemory& operator=(DeviceMemory const&) = delete;
  virtual ~DeviceMemory() = default;
  virtual void* data() = 0;
  virtual std::size_t bytes() const = 0;
};

/// One dropout operation of the model, such as the one after the first layer. Whether element i of
/// window n is dropped depends on philox(key, sample[n], i); see DropoutMask in backend/functors.h.
struct DropoutSite {
  std::uint64_t key = 0;   ///< different for every site of a coin and update
  double probability = 0;  ///< 0 copies the input
};

/// Products of `count` pairs of row-major float32 matrices that follow each other in memory:
/// c_i [M,N] = op(a_i) op(b_i), where op(a_i) is [M,K] and op(b_i) is [K,N], each stored transposed
/// if its flag is set.
struct BatchedProduct {
  bool transpose_a = false, transpose_b = false;
  std::size_t count = 0, m = 0, n = 0, k = 0;
};

/// Sequences [first, first + count) of an array [T,N,C].
struct SequenceRange {
  std::size_t steps = 0, batch = 0, first = 0, count = 0;
};

/// The heads of attention: rows [S,T,heads * width] and [S,heads,T,width] have the same elements.
struct HeadShape {
  std::size_t steps = 0, heads = 0, width = 0;
};

/// What a backward pass does with the array of a gradient of its input.
enum class InputGradient { overwrite, add };

/// The constants of one AdamW update. In double, because 1 - beta2 loses digits in float.
struct AdamwStep {
  double learning_rate = 0, beta1 = 0, beta2 = 0, epsilon = 0, weight_decay = 0;
  double bias1 = 1, bias2 = 1;  ///< 1 - beta^t
  double gradient_scale = 1;    ///< factor for every gradient, from clipping
};

/// What a device can compute. Calls are queued in order; only `download`, `synchronize` and the
/// functions that return numbers wait. Spans must be memory of this backend. Sizes that do not
/// match throw Error (internal), failures of the device or its libraries Error (device); both texts
/// contain the call and its sizes.
class Backend : public DeviceFacts {
 public:
  /// Throws OutOfMemory if the device does not have enough memory.
  virtual std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) = 0;
  /// Host memory that the device can copy to and from at full speed. Throws Error (device) if the
  /// host does not have enough memory.
  virtual std::unique_ptr<DeviceMemory> allocate_on_host(std::size_t bytes) = 0;
  virtual void upload(void* device, void const* host, std::size_t bytes) = 0;
  virtual void download(void* host, void const* device, std::size_t bytes) = 0;
  /// The backend must outlive the stream.
  virtual std::unique_ptr<CopyStream> make_copy_stream() = 0;
  virtual void zero(void* device, std::size_t bytes) = 0;
  virtual void synchronize() = 0;
  /// Updates memory_use(), because libraries take memory for their code when they are first used.
  /// Call it while nothing is allocated. Waits.
  virtual void measure_memory() = 0;

  /// Creates an LSTM layer for one shape; see backend/lstm.h.
  virtual std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) = 0;

  /// Compares LstmAlgorithm::persistent with the standard algorithm on a training layer of this
  /// shape; returns nothing on a device with only one algorithm. On a GPU it runs in a process of
  /// its own (backend/benchmark_child.h), which temporarily allocates memory for a few steps of the
  /// layer there. Waits for it, a minute and a half at most, and calls `keep_waiting` meanwhile.
  /// Every failure is a result; exceptions of `keep_waiting` are passed on.
  virtual std::optional<LstmBenchmark> benchmark_persistent_lstm(
      LstmShape const& shape, KeepWaiting const& keep_waiting) = 0;

  /// x [T,N,padded F] = clamp((row - mean) / stddev, -10, 10), with zeros as padding. Window n ends
  /// with row ends[n]. rows [R,F]; mean and inverse_stddev [F].
  virtual void gather_windows(DeviceSpan<float const> rows, DeviceSpan<std::int64_t const> ends,
                              DeviceSpan<float const> mean, DeviceSpan<float const> inverse_stddev,
                              std::size_t steps, Activations x) = 0;

  /// out = in with some elements set to 0 and the others divided by 1 - p. Arrays [T,N,C], where T
  /// may be 1; element (t, n, c) uses random number t * C + c of samples[n]. in == out is allowed.
  /// The backward pass is the same call on the gradient.
  virtual void dropout(Activations in, std::size_t steps, std::size_t batch,
                       DeviceSpan<std::uint64_t const> samples, DropoutSite site,
                       Activations out) = 0;

  /// Writes y[T-1, n, 0:H], followed for two directions by y[0, n, H:2H], to row n of states
  /// [N, columns] from `column` on.
  virtual void final_states(Activations y, LstmShape const& shape, DeviceSpan<float> states,
                            std::size_t columns, std::size_t column) = 0;
  /// dy [T,N,DH] = d_states for the elements that `final_states` reads, 0 for all others.
  virtual void final_states_backward(DeviceSpan<float const> d_states, LstmShape const& shape,
                                     std::size_t columns, std::size_t column, Activations dy) = 0;

  /// y [N,O] = x [N,I] w^T + b; w [O,I], b [O].
  virtual void linear(DeviceSpan<float const> x, DeviceSpan<float const> w,
                      DeviceSpan<float const> b, DeviceSpan<float> y) = 0;
  /// dx = dy w, or dx += dy w (skipped if dx is empty); dw += dy^T x; db += column sums of dy.
  virtual void linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                               DeviceSpan<float const> dy, DeviceSpan<float> dx,
                               DeviceSpan<float> dw, DeviceSpan<float> db,
                               InputGradient mode = InputGradient::overwrite) = 0;
  /// x = max(x, 0).
  virtual void relu(DeviceSpan<float> x) = 0;
  /// Sets dx to 0 where y <= 0; y is the result of `relu`.
  virtual void relu_backward(DeviceSpan<float const> y, DeviceSpan<float> dx) = 0;

  /// The operations of Transformer blocks, all in float32; backend/row_functors.h and
  /// backend/sequence_functors.h have their formulas.
  ///
  /// y [M,C] = layer norm of the rows of x; weight, bias [C]. Stores the moments [M,2] of the rows.
  virtual void layer_norm(DeviceSpan<float const> x, DeviceSpan<float const> weight,
                          DeviceSpan<float const> bias, DeviceSpan<float> y,
                          DeviceSpan<float> moments) = 0;
  /// Adds the gradients of x, weight and bias to dx, d_weight and d_bias.
  virtual void layer_norm_backward(DeviceSpan<float const> x, DeviceSpan<float const> moments,
                                   DeviceSpan<float const> weight, DeviceSpan<float const> dy,
                                   DeviceSpan<float> dx, DeviceSpan<float> d_weight,
                                   DeviceSpan<float> d_bias) = 0;
  /// Every row of x [R, columns] = softmax(scale * row).
  virtual void softmax(DeviceSpan<float> x, std::size_t columns, float scale) = 0;
  /// d = the gradient of what `softmax` made p of; before the call, d is the gradient of p.
  virtual void softmax_backward(DeviceSpan<float const> p, std::size_t columns, float scale,
                                DeviceSpan<float> d) = 0;
  /// See BatchedProduct; a [count,M,K], b [count,K,N], c [count,M,N].
  virtual void multiply(BatchedProduct const& product, DeviceSpan<float const> a,
                        DeviceSpan<float const> b, DeviceSpan<float> c) = 0;
  /// by_head [S,heads,T,width] = rows [S,T,heads * width], and the opposite.
  virtual void split_heads(HeadShape const& shape, DeviceSpan<float const> rows,
                           DeviceSpan<float> by_head) = 0;
  virtual void merge_heads(HeadShape const& shape, DeviceSpan<float const> by_head,
                           DeviceSpan<float> rows) = 0;
  /// sum = a + b. sum may be a or b.
  virtual void add(DeviceSpan<float const> a, DeviceSpan<float const> b, DeviceSpan<float> sum) = 0;
  /// x [S,T,C] = the sequences of y [T,N,C], and the opposite.
  virtual void read_sequences(Activations y, SequenceRange const& range, DeviceSpan<float> x) = 0;
  virtual void write_sequences(DeviceSpan<float const> x, SequenceRange const& range,
                               Activations y) = 0;
  /// Writes the mean over time of each sequence of rows [S,T,C] to its row of states [N, columns]
  /// from `column` on.
  virtual void time_mean(DeviceSpan<float const> rows, SequenceRange const& range,
                         DeviceSpan<float> states, std::size_t columns, std::size_t column) = 0;
  /// rows [S,T,C] = the gradient of the input of `time_mean`.
  virtual void time_mean_backward(DeviceSpan<float const> d_states, SequenceRange const& range,
                                  std::size_t columns, std::size_t column,
                                  DeviceSpan<float> rows) = 0;

  /// d_prediction[n] = scale * d loss / d prediction for the valid windows n < valid_count, 0 for
  /// the padding after them. Adds the loss of the valid windows to the running sum. Arrays [N].
  virtual void loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
                    DeviceSpan<float const> target, std::size_t valid_count, float scale,
                    DeviceSpan<float> d_prediction) = 0;
  /// Returns the running sum of `loss` and resets it to 0. Waits.
  virtual double take_loss_sum() = 0;

  /// Sum of squares in double; does not depend on the number of threads. Waits.
  virtual double sum_of_squares(DeviceSpan<float const> values) = 0;
  /// One AdamW update over arrays [P].
  virtual void adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
                     DeviceSpan<float> v, DeviceSpan<float const> gradients) = 0;
};

/// A typed view of a whole allocation.
template <class T>
DeviceSpan<T> span_of(DeviceMemory& memory) {
  return {static_cast<T*>(memory.data()), memory.bytes() / sizeof(T)};
}

}  // namespace moneta
