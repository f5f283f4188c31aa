// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "cuda_model/float_format.h"

/// The arithmetic of one LSTM layer with the arrays and the rounding of cuDNN, on the CPU. Axes: T
/// steps, N windows, I inputs, H hidden units, D directions; gates in the order i, f, g, o.
///
/// Arrays have the format of the layer: x and dx [T,N,I]; y and dy [T,N,DH]; states [D,N,H];
/// weights as in LstmWeights; the reserve space as in LstmReserve. Products and gates are computed
/// in float32. The numbers that cuDNN keeps in memory between its kernels (h, the gates and their
/// gradients, the cell states of the reserve space) are rounded to the format.
namespace cuda_model {

struct LstmSpec {
  std::size_t steps = 0, batch = 0, inputs = 0, hidden = 0, directions = 1;
  FloatFormat format = FloatFormat::f32;
  bool has_input_bias = true, has_recurrent_bias = false;
  /// Whether the cell state is rounded to the format after each step. Otherwise the forward pass
  /// carries it in float32. It is not known which of the two cuDNN does.
  bool rounds_cell = false;

  std::size_t outputs() const { return directions * hidden; }
  std::size_t gates() const { return 4 * hidden; }
  std::size_t state_count() const { return directions * batch * hidden; }

  friend bool operator==(LstmSpec const&, LstmSpec const&) = default;
};

/// Where the elements of the weight space are, as cudnnGetRNNWeightParams of cuDNN 9.19 reports it:
/// for each direction the input matrices [4H,I] and the recurrent matrices [4H,H]; behind the
/// matrices of all directions, for each direction the input biases [4H] and the recurrent biases
/// [4H].
struct LstmWeights {
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);

  explicit LstmWeights(LstmSpec const& spec);

  std::array<std::size_t, 2> input{}, recurrent{};            ///< [D]
  std::array<std::size_t, 2> input_bias{}, recurrent_bias{};  ///< [D]; `absent` without such a bias
  std::size_t count = 0;                                      ///< all elements
};

/// Where the elements of the reserve space are: the gates [D,T,N,4H] and the cell states [D,T,N,H],
/// T in the order in which the direction visits the steps. cudnnRNNBackwardData replaces the gates
/// by the gradients of their pre-activations.
struct LstmReserve {
  explicit LstmReserve(LstmSpec const& spec)
      : gates_(spec.batch * spec.gates()),
        cells_(spec.batch * spec.hidden),
        steps_(spec.steps),
        directions_(spec.directions) {}

  std::size_t gates(std::size_t d, std::size_t step) const { return (d * steps_ + step) * gates_; }
  std::size_t cells(std::size_t d, std::size_t step) const {
    return directions_ * steps_ * gates_ + (d * steps_ + step) * cells_;
  }
  std::size_t count() const { return directions_ * steps_ * (gates_ + cells_); }

 private:
  std::size_t gates_, cells_, steps_, directions_;
};

/// hx, cx, hy, cy and reserve may be null: zeros, and results that nobody wants.
struct LstmForward {
  void const *x, *weights, *hx, *cx;
  void *y, *hy, *cy, *reserve;
};
void lstm_forward(LstmSpec const& spec, LstmForward const& arrays);

/// cx, dhy, dcy, dhx and dcx may be null. Updates the reserve space.
struct LstmBackwardData {
  void const *dy, *weights, *cx, *dhy, *dcy;
  void *dx, *dhx, *dcx, *reserve;
};
void lstm_backward_data(LstmSpec const& spec, LstmBackwardData const& arrays);

/// Adds the gradient to d_weights; hx may be null. The reserve space is that of lstm_backward_data.
struct LstmBackwardWeights {
  void const *x, *y, *hx, *reserve;
  void* d_weights;
};
void lstm_backward_weights(LstmSpec const& spec, LstmBackwardWeights const& arrays);

}  // namespace cuda_model
