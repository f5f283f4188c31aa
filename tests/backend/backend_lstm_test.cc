// SPDX-License-Identifier: Apache-2.0
// Compares the LSTM layers of every backend with the reference in double.
#include <gtest/gtest.h>

#include <tuple>
#include <type_traits>

#include "backend/backends.h"
#include "backend/functors.h"
#include "backend/reference_lstm.h"
#include "base/error.h"
#include "support/on_device.h"

namespace moneta {
namespace {

struct LayerCase {
  char const* name;
  std::size_t steps, batch, inputs, weight_inputs, hidden, directions;
  LstmAlgorithm algorithm = LstmAlgorithm::standard;
};

void PrintTo(LayerCase const& layer, std::ostream* out) { *out << layer.name; }

/// Relative to the largest number. TF32 and fp16 have 11 bits of precision, bf16 has 8.
double tolerance_of(Precision precision) {
  if (precision == Precision::f32) return 1e-5;
  return precision == Precision::bf16 ? 3e-2 : 5e-3;
}

using Case = std::tuple<NamedBackend, Precision, LayerCase>;

class BackendLstm : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!backend_->supports(shape_.precision)) {
      GTEST_SKIP() << "this hardware does not support " << to_string(shape_.precision);
    }
    if (shape_.algorithm == LstmAlgorithm::persistent) {
      try {
        (void)backend_->make_lstm(shape_);
      } catch (Error const& error) {
        GTEST_SKIP() << "not supported by this GPU and cuDNN: " << error.what();
      }
    }
  }

  static LstmShape shape_of(LayerCase const& given, Precision precision) {
    LstmShape shape{given.steps,  given.batch,      given.inputs, given.weight_inputs,
                    given.hidden, given.directions, precision,    true};
    shape.algorithm = given.algorithm;
    return shape;
  }
  /// x [T,N,inputs] with 0 as padding, rounded to the precision of the layer.
  std::vector<float> windows() const {
    std::vector<float> values = noise(shape_.steps * shape_.batch * shape_.inputs, 1.5f, 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % shape_.inputs >= shape_.weight_inputs) values[i] = 0;
      values[i] = rounded(values[i]);
    }
    return values;
  }
  /// As the layer's activations store it.
  float rounded(float value) const {
    float result = 0;
    with_element_type(shape_.precision, [&](auto* null) {
      result = to_float(from_float<std::remove_pointer_t<decltype(null)>>(value));
    });
    return result;
  }
  std::unique_ptr<DeviceMemory> put(std::vector<float> const& values, Precision precision) const {
    auto memory = backend_->allocate(values.size() * element_bytes(precision));
    with_element_type(precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      std::vector<Element> stored;
      for (float const value : values) stored.push_back(from_float<Element>(value));
      backend_->upload(memory->data(), stored.data(), memory->bytes());
    });
    return memory;
  }
  std::vector<float> get(DeviceMemory& memory, Precision precision) const {
    std::vector<float> values;
    with_element_type(precision, [&](auto* null) {
      std::vector<std::remove_pointer_t<decltype(null)>> stored(memory.bytes() /
                                                                element_bytes(precision));
      backend_->download(stored.data(), memory.data(), memory.bytes());
      for (auto const each : stored) values.push_back(to_float(each));
    });
    return values;
  }
  static Activations view(DeviceMemory& memory, Precision precision) {
    return {memory.data(), memory.bytes() / element_bytes(precision), precision};
  }
  static std::vector<double> exact(std::vector<float> const& values) {
    return {values.begin(), values.end()};
  }

  std::unique_ptr<Backend> backend_ = std::get<0>(GetParam()).make();
  LstmShape const shape_ = shape_of(std::get<2>(GetParam()), std::get<1>(GetParam()));
};

TEST_P(BackendLstm, OutputsAndGradientsEqualThoseOfTheReference) {
  Precision const precision = shape_.precision;
  Precision const gradient = backend_->gradient_precision(precision);
  double const tolerance = tolerance_of(precision);
  std::vector<float> const x = windows(), parameters = noise(shape_.parameters(), 0.5f, 1);
  std::size_t const outputs = shape_.steps * shape_.batch * shape_.outputs();
  std::vector<float> const dy = noise(outputs, 1.0f, 3);
  LstmBytes const bytes = backend_->lstm_bytes(shape_);
  auto const layer = backend_->make_lstm(shape_);
  auto const device_x = put(x, precision), device_y = put(std::vector<float>(outputs), precision);
  auto const device_dy = put(dy, gradient), device_dx = put(std::vector<float>(x.size()), gradient);
  auto const workspace = backend_->allocate(bytes.workspace);
  auto const scratch = backend_->allocate(bytes.scratch);
  OnDevice<float> const device_parameters(*backend_, parameters);
  OnDevice<float> const gradients(*backend_, std::vector<float>(parameters.size()));

  layer->load_parameters(device_parameters.span());
  layer->forward(view(*device_x, precision), view(*device_y, precision),
                 span_of<std::byte>(*workspace), span_of<std::byte>(*scratch));
  ReferenceLstm reference(shape_, exact(parameters));
  EXPECT_LE(relative_error(get(*device_y, precision), reference.forward(exact(x))), tolerance);

  layer->backward(view(*device_x, precision), view(*device_y, precision),
                  view(*device_dy, gradient), span_of<std::byte>(*workspace),
                  span_of<std::byte>(*scratch), view(*device_dx, gradient), gradients.span());
  auto const expected = reference.backward(exact(x), exact(dy));
  EXPECT_LE(relative_error(gradients.host(), expected.parameters), tolerance);
  std::vector<double> dx = expected.x;
  std::vector<float> const own_dx = get(*device_dx, gradient);
  for (std::size_t i = 0; i < dx.size(); ++i) {  // the gradient of the padding is never used
    if (i % shape_.inputs >= shape_.weight_inputs) dx[i] = double{own_dx[i]};
  }
  EXPECT_LE(relative_error(own_dx, dx), tolerance);
}

/// Also with arbitrary bytes in scratch.
TEST_P(BackendLstm, ParameterGradientsDoNotDependOnInputGradient) {
  auto const gradients_of = [&](bool input_gradient) {
    LstmShape shape = shape_;
    shape.input_gradient = input_gradient;
    Precision const precision = shape.precision, gradient = backend_->gradient_precision(precision);
    std::size_t const outputs = shape.steps * shape.batch * shape.outputs();
    LstmBytes const bytes = backend_->lstm_bytes(shape);
    auto const layer = backend_->make_lstm(shape);
    auto const x = put(windows(), precision), y = put(std::vector<float>(outputs), precision);
    auto const dy = put(noise(outputs, 1.0f, 3), gradient);
    auto const dx = put(std::vector<float>(windows().size()), gradient);
    auto const workspace = backend_->allocate(bytes.workspace);
    auto const scratch = backend_->allocate(bytes.scratch);
    std::vector<std::byte> const garbage(bytes.scratch, std::byte{0xFF});
    backend_->upload(scratch->data(), garbage.data(), garbage.size());
    OnDevice<float> const parameters(*backend_, noise(shape.parameters(), 0.5f, 1));
    OnDevice<float> const gradients(*backend_, std::vector<float>(shape.parameters()));
    layer->load_parameters(parameters.span());
    layer->forward(view(*x, precision), view(*y, precision), span_of<std::byte>(*workspace),
                   span_of<std::byte>(*scratch));
    layer->backward(view(*x, precision), view(*y, precision), view(*dy, gradient),
                    span_of<std::byte>(*workspace), span_of<std::byte>(*scratch),
                    input_gradient ? view(*dx, gradient) : Activations{}, gradients.span());
    return gradients.host();
  };
  EXPECT_EQ(gradients_of(true), gradients_of(false));
}

// clang-format off
std::vector<LayerCase> const layers{
    {"Common",       7,  12, 32, 23,  32, 2},
    {"OneDirection", 7,  12, 32, 23,  32, 1},
    {"OneStep",      1,   5,  8,  8,  16, 2},
    {"OneWindow",    9,   1, 32, 23,  16, 2},
    {"AllSizesOne",     1,   1,  1,  1,   1, 2},
    {"OddSizes",     5,  13, 11,  7,  19, 2},
    {"Long",       240,   8, 64, 64,  32, 2},
    {"Wide",         3,  16, 96, 96, 256, 2}};
constexpr auto persistent = LstmAlgorithm::persistent;
std::vector<LayerCase> const persistent_layers{
    {"PersistentOneDirection", 20,  8, 128, 128, 128, 1, persistent},
    {"PersistentTwoDirections", 20, 8, 128, 128, 128, 2, persistent},
    {"PersistentPadded",        7, 16,  32,  23, 256, 1, persistent},
    {"PersistentPaddedTwo",     7, 16,  32,  23, 256, 2, persistent}};
// clang-format on

/// Only GPUs have TF32, fp16 and a choice of algorithms.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (NamedBackend const& backend : backends_under_test()) {
    for (LayerCase const& layer : layers) {
      all.emplace_back(backend, Precision::f32, layer);
      all.emplace_back(backend, Precision::bf16, layer);
      if (backend.name != "Cuda") continue;
      all.emplace_back(backend, Precision::tf32, layer);
      all.emplace_back(backend, Precision::fp16, layer);
    }
    if (backend.name != "Cuda") continue;
    for (LayerCase const& layer : persistent_layers) {
      for (auto const precision :
           {Precision::f32, Precision::tf32, Precision::bf16, Precision::fp16}) {
        all.emplace_back(backend, precision, layer);
      }
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Backends, BackendLstm, testing::ValuesIn(cases()),
                         [](testing::TestParamInfo<Case> const& each) {
                           return std::get<0>(each.param).name +
                                  to_string(std::get<1>(each.param)) + std::get<2>(each.param).name;
                         });

}  // namespace
}  // namespace moneta
