// SPDX-License-Identifier: Apache-2.0
// What an LSTM over hundreds of steps is used for: with a forget gate near 1, the cell state sums
// up small changes. A cell state that is rounded to 16 bits in every step loses them. Measures the
// error of every precision of every backend against the reference in double, and bounds it.
#include <gtest/gtest.h>

#include <cstdio>

#include "backend/backends.h"
#include "backend/reference_lstm.h"
#include "backend/typed_array.h"
#include "base/error.h"
#include "support/on_device.h"

namespace moneta {
namespace {

constexpr std::size_t steps = 240, batch = 2, inputs = 32, hidden = 64;
constexpr float forget_bias = 5;  // the cell state keeps 99.3 % of itself in a step

/// Largest errors, relative to the largest number of the array.
struct Errors {
  double y = 0, dx = 0, parameters = 0;
};

/// With PyTorch's initial weights, and the loss gradient of the final states.
std::vector<float> parameters_of(LstmShape const& shape) {
  std::vector<float> parameters =
      noise(shape.parameters(), 1 / std::sqrt(static_cast<float>(hidden)), 1);
  for (std::size_t d = 0; d < shape.directions; ++d) {
    std::size_t const biases = (d + 1) * shape.direction_parameters() - 4 * hidden;
    for (std::size_t j = 0; j < hidden; ++j) parameters[biases + hidden + j] = forget_bias;
  }
  return parameters;
}

std::vector<float> final_gradient(LstmShape const& shape) {
  std::vector<float> const each = noise(batch * shape.outputs(), 1, 3);
  std::vector<float> dy(shape.steps * batch * shape.outputs());
  for (std::size_t i = 0; i < each.size(); ++i) {
    std::size_t const n = i / shape.outputs(), j = i % shape.outputs();
    std::size_t const t = j < hidden ? shape.steps - 1 : 0;
    dy[(t * batch + n) * shape.outputs() + j] = each[i];
  }
  return dy;
}

std::vector<double> exact(std::vector<float> const& values) {
  return {values.begin(), values.end()};
}

Errors measure(Backend& backend, LstmShape const& shape) {
  Precision const gradient = backend.gradient_precision(shape.precision);
  std::vector<float> const parameters = parameters_of(shape), dy = final_gradient(shape);
  LstmBytes const bytes = backend.lstm_bytes(shape);
  auto const layer = backend.make_lstm(shape);
  auto const workspace = backend.allocate(bytes.workspace),
             scratch = backend.allocate(bytes.scratch);
  TypedArray const x(backend, shape.precision, noise(steps * batch * inputs, 1, 2));
  TypedArray const y(backend, shape.precision, std::vector<float>(dy.size()));
  TypedArray const d_y(backend, gradient, dy), dx(backend, gradient, x.host());
  OnDevice<float> const on_device(backend, parameters);
  OnDevice<float> const d_parameters(backend, std::vector<float>(parameters.size()));
  layer->load_parameters(on_device.span());
  layer->forward(x.view(), y.view(), span_of<std::byte>(*workspace), span_of<std::byte>(*scratch));
  ReferenceLstm const reference(shape, exact(parameters));
  Errors errors;
  errors.y = relative_error(y.host(), reference.forward(exact(x.host())));
  layer->backward(x.view(), y.view(), d_y.view(), span_of<std::byte>(*workspace),
                  span_of<std::byte>(*scratch), dx.view(), d_parameters.span());
  auto const expected = reference.backward(exact(x.host()), exact(dy));
  errors.dx = relative_error(dx.host(), expected.x);
  errors.parameters = relative_error(d_parameters.host(), expected.parameters);
  return errors;
}

/// About twice what was measured: oneDNN keeps the cell state in float32, cuDNN possibly in the
/// precision of the data.
double bound_of(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return 1e-4;
    case Precision::tf32:
    case Precision::fp16:
      return 0.05;
    case Precision::bf16:
      break;
  }
  return 0.4;
}

class LongMemory : public testing::TestWithParam<NamedBackend> {};

TEST_P(LongMemory, HasABoundedErrorInEveryPrecision) {
  auto const backend = GetParam().make();
  for (Precision const precision :
       {Precision::f32, Precision::tf32, Precision::fp16, Precision::bf16}) {
    if (!backend->supports(precision)) continue;
    LstmShape const shape{steps, batch, inputs, inputs, hidden, 2, precision, true};
    Errors const errors = measure(*backend, shape);
    std::printf("long memory, %s: y %.1e, dx %.1e, parameters %.1e\n", to_string(precision),
                errors.y, errors.dx, errors.parameters);
    RecordProperty(to_string(precision), fmt::format("y {:.2e}, dx {:.2e}, parameters {:.2e}",
                                                     errors.y, errors.dx, errors.parameters));
    EXPECT_LE(errors.y, bound_of(precision)) << to_string(precision);
    EXPECT_LE(errors.dx, bound_of(precision)) << to_string(precision);
    EXPECT_LE(errors.parameters, bound_of(precision)) << to_string(precision);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, LongMemory, testing::ValuesIn(backends_under_test()),
                         [](auto const& each) { return each.param.name; });

}  // namespace
}  // namespace moneta
