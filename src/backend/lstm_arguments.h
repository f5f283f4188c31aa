// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/lstm.h"
#include "backend/require.h"

/// Checks of the arguments of LstmLayer's functions, shared by all implementations. All throw Error
/// (internal).
namespace moneta {

/// Checks that a layer can have this shape.
inline void check_lstm_shape(LstmShape const& shape) {
  bool const valid = shape.steps > 0 && shape.batch > 0 && shape.hidden > 0 &&
                     shape.weight_inputs > 0 && shape.weight_inputs <= shape.inputs &&
                     (shape.directions == 1 || shape.directions == 2);
  MONETA_REQUIRE(
      valid, internal,
      "backend: no LSTM layer of {} steps, {} windows, {} of {} inputs, {} hidden units, {} directions (sizes are at least 1, directions 1 or 2)",
      shape.steps, shape.batch, shape.weight_inputs, shape.inputs, shape.hidden, shape.directions);
}

inline void check_load_parameters(LstmShape const& shape, DeviceSpan<float const> parameters) {
  require_size("LstmLayer::load_parameters", "parameters", parameters.size(), shape.parameters());
}

/// What `forward` and `backward` have in common.
inline void check_lstm_pass(char const* call, LstmShape const& shape, LstmBytes const& bytes,
                            Activations const& x, Activations const& y,
                            DeviceSpan<std::byte> workspace, DeviceSpan<std::byte> scratch) {
  std::size_t const rows = shape.steps * shape.batch;
  require_activations(call, "x", x, rows * shape.inputs, shape.precision);
  require_activations(call, "y", y, rows * shape.outputs(), shape.precision);
  require_bytes(call, "workspace", workspace.size(), bytes.workspace);
  require_bytes(call, "scratch", scratch.size(), bytes.scratch);
}

inline void check_lstm_forward(LstmShape const& shape, LstmBytes const& bytes, Activations const& x,
                               Activations const& y, DeviceSpan<std::byte> workspace,
                               DeviceSpan<std::byte> scratch) {
  check_lstm_pass("LstmLayer::forward", shape, bytes, x, y, workspace, scratch);
}

/// `gradient` is the backend's gradient precision for shape.precision.
inline void check_lstm_backward(LstmShape const& shape, LstmBytes const& bytes, Precision gradient,
                                Activations const& x, Activations const& y, Activations const& dy,
                                DeviceSpan<std::byte> workspace, DeviceSpan<std::byte> scratch,
                                Activations const& dx, DeviceSpan<float> d_parameters) {
  char const* const call = "LstmLayer::backward";
  MONETA_REQUIRE(shape.training, internal,
                 "backend: {} of a layer that was planned without training (it keeps nothing for "
                 "a backward pass)",
                 call);
  check_lstm_pass(call, shape, bytes, x, y, workspace, scratch);
  require_activations(call, "dy", dy, shape.steps * shape.batch * shape.outputs(), gradient);
  std::size_t const dx_size = shape.input_gradient ? shape.steps * shape.batch * shape.inputs : 0;
  require_activations(call, "dx", dx, dx_size, shape.input_gradient ? gradient : dx.precision);
  require_size(call, "d_parameters", d_parameters.size(), shape.parameters());
}

}  // namespace moneta
