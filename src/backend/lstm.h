// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "backend/device_span.h"
#include "base/lstm_algorithm.h"

namespace moneta {

/// The sizes one LSTM layer is planned for. Axes as in base/shape.h.
struct LstmShape {
  std::size_t steps = 0;          ///< T
  std::size_t batch = 0;          ///< N
  std::size_t inputs = 0;         ///< width of x as it lies in memory (padding included)
  std::size_t weight_inputs = 0;  ///< width of weight_ih, <= inputs; x beyond it is 0
  std::size_t hidden = 0;         ///< H
  std::size_t directions = 2;     ///< D
  Precision precision = Precision::f32;
  bool training = true;        ///< false: forward only, no workspace
  bool input_gradient = true;  ///< false: nobody wants dx, as of the first layer
  LstmAlgorithm algorithm = LstmAlgorithm::standard;  ///< CPUs have one, whatever this says

  std::size_t outputs() const { return directions * hidden; }
  /// Parameters of one direction: weight_ih [4H,F], weight_hh [4H,H], bias [4H].
  std::size_t direction_parameters() const { return 4 * hidden * (weight_inputs + hidden + 1); }
  std::size_t parameters() const { return directions * direction_parameters(); }
};

/// Bytes a layer needs besides x, y and their gradients.
struct LstmBytes {
  std::size_t engine = 0;     ///< owned by the layer: packed weights
  std::size_t workspace = 0;  ///< per forward that is to be followed by a backward; from the caller
  std::size_t scratch = 0;    ///< during one call; from the caller, may be shared by all layers
};

/// How LstmAlgorithm::persistent did against standard on one layer's shape.
struct LstmBenchmark {
  std::string refused;    ///< why it did not run; empty if it did
  double difference = 0;  ///< of y, dx and the parameters' gradient: the largest, as a part of
                          ///< the array's largest number
  bool repeats = false;   ///< two runs gave the same bits
  double standard_s = 0;  ///< median of a forward and backward
  double persistent_s = 0;
};

/// One LSTM layer from h = c = 0, one or two directions, gates i, f, g, o as in PyTorch, one bias
/// per gate. Parameters lie in one array: for each direction weight_ih [4H,F], weight_hh [4H,H],
/// bias [4H].
///
/// x [T,N,inputs] and y [T,N,DH] (forward direction first) have shape.precision, dy and dx
/// Backend::gradient_precision(shape.precision). Calls are queued. All throw Error (device) if a
/// span has not the planned size or the vendor's library fails.
class LstmLayer {
 public:
  LstmLayer() = default;
  LstmLayer(LstmLayer const&) = delete;
  LstmLayer& operator=(LstmLayer const&) = delete;
  virtual ~LstmLayer() = default;

  /// Takes over new parameters [shape.parameters()]; once per update, before `forward`.
  virtual void load_parameters(DeviceSpan<float const> parameters) = 0;

  /// y = LSTM(x). With shape.training, `workspace` afterwards holds what `backward` needs.
  virtual void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
                       DeviceSpan<std::byte> scratch) = 0;

  /// dx = gradient of x (empty without shape.input_gradient), and adds the gradient of the
  /// parameters to d_parameters in float32. x, y and workspace are those of one `forward`; dy is
  /// not kept (it may be overwritten) and must not overlap dx. Uses the workspace up: one backward
  /// per forward.
  virtual void backward(Activations x, Activations y, Activations dy,
                        DeviceSpan<std::byte> workspace, DeviceSpan<std::byte> scratch,
                        Activations dx, DeviceSpan<float> d_parameters) = 0;
};

}  // namespace moneta
