// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/cudnn_lstm.h"

#include <cstring>
#include <vector>

#include "cuda_model/activations.h"
#include "cuda_model/matrix_product.h"

namespace cuda_model {
namespace {

using Floats = std::vector<float>;

/// The time of a step of a direction: the second one starts with the last time.
std::size_t time_of(LstmSpec const& spec, std::size_t d, std::size_t step) {
  return d == 0 ? step : spec.steps - 1 - step;
}

void const* at(LstmSpec const& spec, void const* array, std::size_t element) {
  return static_cast<std::byte const*>(array) + element * bytes_of(spec.format);
}
void* at(LstmSpec const& spec, void* array, std::size_t element) {
  return static_cast<std::byte*>(array) + element * bytes_of(spec.format);
}

/// The matrix [rows, columns] whose rows start every `stride` elements of an array.
Matrix read(LstmSpec const& spec, void const* array, std::size_t element, std::size_t rows,
            std::size_t columns, std::size_t stride) {
  Matrix matrix(rows, columns);
  for (std::size_t i = 0; i < rows; ++i)
    to_floats(spec.format, at(spec, array, element + i * stride), columns, matrix.row(i));
  return matrix;
}
Matrix read(LstmSpec const& spec, void const* array, std::size_t element, std::size_t rows,
            std::size_t columns) {
  return read(spec, array, element, rows, columns, columns);
}

/// The inverse of `read`.
void write(LstmSpec const& spec, Matrix const& matrix, std::size_t rows, std::size_t columns,
           void* array, std::size_t element, std::size_t stride) {
  for (std::size_t i = 0; i < rows; ++i)
    from_floats(spec.format, matrix.row(i), columns, at(spec, array, element + i * stride));
}
void write(LstmSpec const& spec, Matrix const& matrix, std::size_t rows, std::size_t columns,
           void* array, std::size_t element) {
  write(spec, matrix, rows, columns, array, element, columns);
}

/// Rows [N,H] of a state [D,N,H]; zeros if there is none.
Matrix read_state(LstmSpec const& spec, void const* state, std::size_t d) {
  if (state == nullptr) return {spec.batch, spec.hidden};
  return read(spec, state, d * spec.batch * spec.hidden, spec.batch, spec.hidden);
}
void write_state(LstmSpec const& spec, Matrix const& matrix, void* state, std::size_t d) {
  if (state == nullptr) return;
  write(spec, matrix, spec.batch, spec.hidden, state, d * spec.batch * spec.hidden);
}

Matrix transposed(Matrix const& matrix, std::size_t rows, std::size_t columns) {
  Matrix result(columns, rows);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) result.row(j)[i] = matrix.row(i)[j];
  return result;
}

MatrixView view(Matrix const& matrix) { return {matrix.row(0), matrix.stride(), 1}; }
MatrixView transposed_view(Matrix const& matrix) { return {matrix.row(0), 1, matrix.stride()}; }

/// The sum of the biases of a direction [4H].
Floats read_bias(LstmSpec const& spec, void const* weights, std::size_t d) {
  LstmWeights const places(spec);
  Floats sum(spec.gates()), bias(spec.gates());
  for (std::size_t const place : {places.input_bias[d], places.recurrent_bias[d]}) {
    if (place == LstmWeights::absent) continue;
    to_floats(spec.format, at(spec, weights, place), bias.size(), bias.data());
    for (std::size_t k = 0; k < bias.size(); ++k) sum[k] += bias[k];
  }
  return sum;
}

/// Replaces pre-activations [4H] by gates, c [H] by the next cell state, and h [H] by the output.
void forward_cell(LstmSpec const& spec, float* gates, float* c, float* h) {
  std::size_t const hidden = spec.hidden;
  for (std::size_t j = 0; j < 2 * hidden; ++j) gates[j] = sigmoid(gates[j]);
  for (std::size_t j = 2 * hidden; j < 3 * hidden; ++j) gates[j] = hyperbolic_tangent(gates[j]);
  for (std::size_t j = 3 * hidden; j < 4 * hidden; ++j) gates[j] = sigmoid(gates[j]);
  float const *const i = gates, *const f = i + hidden, *const g = f + hidden, *const o = g + hidden;
  for (std::size_t j = 0; j < hidden; ++j) c[j] = f[j] * c[j] + i[j] * g[j];
  if (spec.rounds_cell) round_floats(spec.format, c, hidden);
  for (std::size_t j = 0; j < hidden; ++j) h[j] = o[j] * hyperbolic_tangent(c[j]);
  round_floats(spec.format, h, hidden);
}

void forward_direction(LstmSpec const& spec, LstmForward const& arrays, std::size_t d) {
  std::size_t const batch = spec.batch, inputs = spec.inputs, hidden = spec.hidden;
  LstmWeights const places(spec);
  LstmReserve const reserve(spec);
  auto const weights_of = [&](std::size_t place, std::size_t columns) {
    Matrix const rows = read(spec, arrays.weights, place, spec.gates(), columns);
    return transposed(rows, spec.gates(), columns);
  };
  Matrix const input = weights_of(places.input[d], inputs);
  Matrix const recurrent = weights_of(places.recurrent[d], hidden);
  Floats const bias = read_bias(spec, arrays.weights, d);
  Matrix h = read_state(spec, arrays.hx, d), c = read_state(spec, arrays.cx, d);
  Matrix gates(batch, spec.gates());
  for (std::size_t step = 0; step < spec.steps; ++step) {
    std::size_t const t = time_of(spec, d, step);
    Matrix const x = read(spec, arrays.x, t * batch * inputs, batch, inputs);
    for (std::size_t n = 0; n < batch; ++n)
      std::memcpy(gates.row(n), bias.data(), bias.size() * sizeof(float));
    add_product(view(x), batch, inputs, input.row(0), input.stride(), gates.row(0));
    add_product(view(h), batch, hidden, recurrent.row(0), recurrent.stride(), gates.row(0));
    for (std::size_t n = 0; n < batch; ++n) forward_cell(spec, gates.row(n), c.row(n), h.row(n));
    write(spec, h, batch, hidden, arrays.y, t * batch * spec.outputs() + d * hidden,
          spec.outputs());
    if (arrays.reserve == nullptr) continue;
    write(spec, gates, batch, spec.gates(), arrays.reserve, reserve.gates(d, step));
    write(spec, c, batch, hidden, arrays.reserve, reserve.cells(d, step));
  }
  write_state(spec, h, arrays.hy, d);
  write_state(spec, c, arrays.cy, d);
}

/// Replaces gates [4H] by the gradients of their pre-activations, and dc [H] by that of the
/// previous cell state. dh is the gradient of h, c the cell state.
void backward_cell(LstmSpec const& spec, float* gates, float const* c, float const* c_before,
                   float const* dh, float* dc) {
  std::size_t const hidden = spec.hidden;
  float *const i = gates, *const f = i + hidden, *const g = f + hidden, *const o = g + hidden;
  for (std::size_t j = 0; j < hidden; ++j) {
    float const tanh_c = hyperbolic_tangent(c[j]);
    float const d_cell = dc[j] + dh[j] * o[j] * (1.0f - tanh_c * tanh_c);
    float const di = d_cell * g[j] * i[j] * (1.0f - i[j]);
    float const df = d_cell * c_before[j] * f[j] * (1.0f - f[j]);
    float const dg = d_cell * i[j] * (1.0f - g[j] * g[j]);
    float const d_output = dh[j] * tanh_c * o[j] * (1.0f - o[j]);
    dc[j] = d_cell * f[j];
    i[j] = di, f[j] = df, g[j] = dg, o[j] = d_output;
  }
  round_floats(spec.format, gates, spec.gates());
}

/// Adds the gradient of x of one direction to dx [T * N, I].
void backward_direction(LstmSpec const& spec, LstmBackwardData const& arrays, std::size_t d,
                        Matrix& dx) {
  std::size_t const batch = spec.batch, hidden = spec.hidden;
  LstmWeights const places(spec);
  LstmReserve const reserve(spec);
  Matrix const input = read(spec, arrays.weights, places.input[d], spec.gates(), spec.inputs);
  Matrix const recurrent = read(spec, arrays.weights, places.recurrent[d], spec.gates(), hidden);
  Matrix dh = read_state(spec, arrays.dhy, d), dc = read_state(spec, arrays.dcy, d);
  for (std::size_t step = spec.steps; step-- > 0;) {
    std::size_t const t = time_of(spec, d, step);
    Matrix const dy = read(spec, arrays.dy, t * batch * spec.outputs() + d * hidden, batch, hidden,
                           spec.outputs());
    Matrix gates = read(spec, arrays.reserve, reserve.gates(d, step), batch, spec.gates());
    Matrix const c = read(spec, arrays.reserve, reserve.cells(d, step), batch, hidden);
    Matrix const c_before =
        step == 0 ? read_state(spec, arrays.cx, d)
                  : read(spec, arrays.reserve, reserve.cells(d, step - 1), batch, hidden);
    for (std::size_t n = 0; n < batch; ++n) {
      for (std::size_t j = 0; j < hidden; ++j) dh.row(n)[j] += dy.row(n)[j];
      backward_cell(spec, gates.row(n), c.row(n), c_before.row(n), dh.row(n), dc.row(n));
    }
    write(spec, gates, batch, spec.gates(), arrays.reserve, reserve.gates(d, step));
    dh.fill(0);
    add_product(view(gates), batch, spec.gates(), recurrent.row(0), recurrent.stride(), dh.row(0));
    add_product(view(gates), batch, spec.gates(), input.row(0), input.stride(), dx.row(t * batch));
  }
  write_state(spec, dh, arrays.dhx, d);
  write_state(spec, dc, arrays.dcx, d);
}

/// The weight gradients of one direction.
struct WeightGradients {
  explicit WeightGradients(LstmSpec const& spec)
      : input(spec.gates(), spec.inputs),
        recurrent(spec.gates(), spec.hidden),
        bias(spec.gates()) {}
  Matrix input, recurrent;
  Floats bias;
};

WeightGradients weight_gradients(LstmSpec const& spec, LstmBackwardWeights const& arrays,
                                 std::size_t d) {
  std::size_t const batch = spec.batch, hidden = spec.hidden;
  LstmReserve const reserve(spec);
  WeightGradients sum(spec);
  Matrix h = read_state(spec, arrays.hx, d);
  for (std::size_t step = 0; step < spec.steps; ++step) {
    std::size_t const t = time_of(spec, d, step);
    Matrix const x = read(spec, arrays.x, t * batch * spec.inputs, batch, spec.inputs);
    Matrix const gates = read(spec, arrays.reserve, reserve.gates(d, step), batch, spec.gates());
    add_product(transposed_view(gates), spec.gates(), batch, x.row(0), x.stride(),
                sum.input.row(0));
    add_product(transposed_view(gates), spec.gates(), batch, h.row(0), h.stride(),
                sum.recurrent.row(0));
    for (std::size_t n = 0; n < batch; ++n)
      for (std::size_t k = 0; k < spec.gates(); ++k) sum.bias[k] += gates.row(n)[k];
    h = read(spec, arrays.y, t * batch * spec.outputs() + d * hidden, batch, hidden,
             spec.outputs());
  }
  return sum;
}

/// Adds `count` numbers to those of an array.
void add_to(LstmSpec const& spec, float const* values, std::size_t count, void* array,
            std::size_t element) {
  Floats sum(count);
  to_floats(spec.format, at(spec, array, element), count, sum.data());
  for (std::size_t i = 0; i < count; ++i) sum[i] += values[i];
  from_floats(spec.format, sum.data(), count, at(spec, array, element));
}

}  // namespace

LstmWeights::LstmWeights(LstmSpec const& spec) {
  for (std::size_t d = 0; d < spec.directions; ++d) {
    input[d] = count;
    recurrent[d] = input[d] + spec.gates() * spec.inputs;
    count = recurrent[d] + spec.gates() * spec.hidden;
  }
  auto const place_bias = [&](bool is_there) {
    std::size_t const place = is_there ? count : absent;
    if (is_there) count += spec.gates();
    return place;
  };
  for (std::size_t d = 0; d < spec.directions; ++d) {
    input_bias[d] = place_bias(spec.has_input_bias);
    recurrent_bias[d] = place_bias(spec.has_recurrent_bias);
  }
}

void lstm_forward(LstmSpec const& spec, LstmForward const& arrays) {
  for (std::size_t d = 0; d < spec.directions; ++d) forward_direction(spec, arrays, d);
}

void lstm_backward_data(LstmSpec const& spec, LstmBackwardData const& arrays) {
  std::size_t const rows = spec.steps * spec.batch;
  Matrix dx(rows, spec.inputs);
  for (std::size_t d = 0; d < spec.directions; ++d) backward_direction(spec, arrays, d, dx);
  write(spec, dx, rows, spec.inputs, arrays.dx, 0);
}

void lstm_backward_weights(LstmSpec const& spec, LstmBackwardWeights const& arrays) {
  LstmWeights const places(spec);
  for (std::size_t d = 0; d < spec.directions; ++d) {
    WeightGradients const sum = weight_gradients(spec, arrays, d);
    for (std::size_t k = 0; k < spec.gates(); ++k) {
      add_to(spec, sum.input.row(k), spec.inputs, arrays.d_weights,
             places.input[d] + k * spec.inputs);
      add_to(spec, sum.recurrent.row(k), spec.hidden, arrays.d_weights,
             places.recurrent[d] + k * spec.hidden);
    }
    for (std::size_t const place : {places.input_bias[d], places.recurrent_bias[d]}) {
      if (place != LstmWeights::absent)
        add_to(spec, sum.bias.data(), spec.gates(), arrays.d_weights, place);
    }
  }
}

}  // namespace cuda_model
