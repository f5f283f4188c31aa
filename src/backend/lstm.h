// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "backend/device_span.h"
#include "base/lstm_algorithm.h"

namespace moneta {

/// The sizes that one LSTM layer is planned for. Axes as in base/shape.h.
struct LstmShape {
  std::size_t steps = 0;          ///< T
  std::size_t batch = 0;          ///< N
  std::size_t inputs = 0;         ///< width of x in memory, including padding
  std::size_t weight_inputs = 0;  ///< width of weight_ih, <= inputs; x is 0 beyond it
  std::size_t hidden = 0;         ///< H
  std::size_t directions = 2;     ///< D
  Precision precision = Precision::f32;
  bool training = true;        ///< false: forward only, without a workspace
  bool input_gradient = true;  ///< false: dx is not needed, as in the first layer
  LstmAlgorithm algorithm = LstmAlgorithm::standard;  ///< ignored by the CPU backend
  /// Computes the gradient of the weights concurrently with the backward passes of later calls,
  /// which takes more scratch. The CPU backend ignores it. Layers with the persistent algorithm
  /// take the scratch but do not overlap, because no other work may run next to their kernels.
  bool overlap_weight_gradients = false;

  std::size_t outputs() const { return directions * hidden; }
  /// Parameters of one direction: weight_ih [4H,F], weight_hh [4H,H], bias [4H].
  std::size_t direction_parameters() const { return 4 * hidden * (weight_inputs + hidden + 1); }
  std::size_t parameters() const { return directions * direction_parameters(); }
};

/// Bytes that a layer needs in addition to x, y and their gradients.
struct LstmBytes {
  /// Owned by the layer: its weights in the layout of the vendor's library, and small constants.
  std::size_t packed_weights = 0;
  /// What a forward pass keeps for its backward pass. The caller provides one workspace for each
  /// forward pass whose backward pass is still to come. oneDNN uses the same word; cuDNN calls it
  /// reserve space.
  std::size_t workspace = 0;
  /// Working memory of one call. The caller provides it, and all layers may share it. oneDNN calls
  /// it scratchpad; cuDNN calls it workspace.
  std::size_t scratch = 0;
};

/// Comparison of LstmAlgorithm::persistent with the standard algorithm on one layer shape.
struct LstmBenchmark {
  std::string refused;    ///< why the persistent algorithm did not run; empty if it did
  double difference = 0;  ///< largest difference in y, dx or the parameter gradients, relative to
                          ///< the largest number of that array
  bool repeats = false;   ///< whether two runs gave the same bits
  double standard_s = 0;  ///< median time of a forward and a backward pass
  double persistent_s = 0;
  bool given_up =
      false;  ///< whether KeepWaiting ended it; then `refused` says nothing about the GPU
};

/// Called about 20 times a second while a call waits for another process. Returns false if the call
/// is to give up.
using KeepWaiting = std::function<bool()>;

/// One LSTM layer that starts from h = c = 0, with one or two directions, gates i, f, g, o as in
/// PyTorch, and one bias per gate. The parameters are one array: for each direction weight_ih
/// [4H,F], weight_hh [4H,H], bias [4H].
///
/// x [T,N,inputs] and y [T,N,DH] (forward direction first) have shape.precision; dy and dx have
/// Backend::gradient_precision(shape.precision). Calls are queued. They throw Error (internal) if a
/// span does not have the planned size, and Error (device) if the vendor's library fails.
class LstmLayer {
 public:
  LstmLayer() = default;
  LstmLayer(LstmLayer const&) = delete;
  LstmLayer& operator=(LstmLayer const&) = delete;
  virtual ~LstmLayer() = default;

  /// Copies and packs new parameters [shape.parameters()]; once per update, before `forward`.
  virtual void load_parameters(DeviceSpan<float const> parameters) = 0;

  /// y = LSTM(x). With shape.training, `workspace` then contains what `backward` needs.
  virtual void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
                       DeviceSpan<std::byte> scratch) = 0;

  /// Writes the gradient of x to dx (empty without shape.input_gradient) and adds the gradient of
  /// the parameters to d_parameters in float32. x, y and workspace must be those of one `forward`.
  /// dy may be overwritten and must not overlap dx. The workspace is consumed: one backward pass
  /// per forward pass.
  ///
  /// With overlap_weight_gradients, later calls on the backend still see the results of this one.
  /// Calls of Backend::zero, dropout, final_states_backward and `backward` of other layers do not
  /// wait for the gradient of the parameters, unless they write to arrays of this call. All of them
  /// may be given the same scratch, the larger the better: its parts are used from both ends.
  virtual void backward(Activations x, Activations y, Activations dy,
                        DeviceSpan<std::byte> workspace, DeviceSpan<std::byte> scratch,
                        Activations dx, DeviceSpan<float> d_parameters) = 0;
};

}  // namespace moneta
