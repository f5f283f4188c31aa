// SPDX-License-Identifier: Apache-2.0
// Gradients of weights that a GPU computes on a second stream: the same bits as one after the
// other.
#include <gtest/gtest.h>

#include <cstring>

#include "backend/backends.h"
#include "support/on_device.h"

namespace moneta {
namespace {

constexpr std::size_t layers = 3, steps = 12, batch = 8, hidden = 16;

/// A stack of layers as an encoder has it: outputs are the inputs of the layer above after dropout,
/// gradients of activations alternate between two buffers, and all layers share their scratch.
class Stack {
 public:
  Stack(Backend& backend, Precision precision, bool overlap)
      : backend_(backend), precision_(precision) {
    for (std::size_t l = 0; l < layers; ++l) {
      LstmShape shape{steps, batch, 2 * hidden, 2 * hidden, hidden, 2, precision, true, l > 0};
      shape.overlap_weight_gradients = overlap;
      shapes_.push_back(shape);
      LstmBytes const bytes = backend.lstm_bytes(shape);
      scratch_bytes_ = std::max(scratch_bytes_, bytes.scratch);
      workspaces_.push_back(backend.allocate(bytes.workspace));
      layers_.push_back(backend.make_lstm(shape));
      parameters_.emplace_back(backend, noise(shape.parameters(), 0.3f, l));
      gradients_.emplace_back(backend, std::vector<float>(shape.parameters()));
    }
    scratch_ = backend.allocate(scratch_bytes_);
    for (std::size_t i = 0; i < 2 * layers + 2; ++i) {
      arrays_.push_back(backend.allocate(elements * element_bytes(precision)));
      backend.zero(arrays_.back()->data(), arrays_.back()->bytes());
    }
  }

  std::size_t scratch_bytes() const { return scratch_bytes_; }

  /// Gradients of all layers after some micro-batches, whose inputs differ.
  std::vector<std::vector<float>> train(std::size_t micro_batches) {
    OnDevice<std::uint64_t> const samples(backend_, {1, 2, 3, 4, 5, 6, 7, 8});
    OnDevice<float> const d_states(backend_, noise(batch * 2 * hidden, 1, 9));
    for (std::size_t l = 0; l < layers; ++l) layers_[l]->load_parameters(parameters_[l].span());
    for (std::size_t i = 0; i < micro_batches; ++i) {
      OnDevice<float> const seed(backend_, noise(batch * 2 * hidden, 1, 20 + i));
      backend_.final_states_backward(seed.span(), shapes_[0], 2 * hidden, 0, x(0));
      for (std::size_t l = 0; l < layers; ++l) {
        layers_[l]->forward(x(l), y(l), span_of<std::byte>(*workspaces_[l]), scratch());
        if (l + 1 < layers) drop(y(l), samples, l, x(l + 1));
      }
      backend_.final_states_backward(d_states.span(), shapes_[layers - 1], 2 * hidden, 0,
                                     d_y(layers - 1));
      for (std::size_t l = layers; l-- > 0;) {
        Activations const dx = l == 0 ? Activations{} : d_y(l - 1);
        layers_[l]->backward(x(l), y(l), d_y(l), span_of<std::byte>(*workspaces_[l]), scratch(), dx,
                             gradients_[l].span());
        if (l > 0) drop(dx, samples, l - 1, dx);
      }
    }
    std::vector<std::vector<float>> result;
    for (auto const& each : gradients_) result.push_back(each.host());
    return result;
  }

 private:
  static constexpr std::size_t elements = steps * batch * 2 * hidden;

  Activations array(std::size_t i) const { return {arrays_[i]->data(), elements, precision_}; }
  Activations x(std::size_t layer) const { return array(layer); }
  Activations y(std::size_t layer) const { return array(layers + layer); }
  Activations d_y(std::size_t layer) const { return array(2 * layers + layer % 2); }
  DeviceSpan<std::byte> scratch() { return span_of<std::byte>(*scratch_); }
  void drop(Activations in, OnDevice<std::uint64_t> const& samples, std::size_t site,
            Activations out) {
    backend_.dropout(in, steps, batch, samples.span(), {site, 0.2}, out);
  }

  Backend& backend_;
  Precision precision_;
  std::vector<LstmShape> shapes_;
  std::vector<std::unique_ptr<LstmLayer>> layers_;
  std::vector<OnDevice<float>> parameters_, gradients_;
  std::vector<std::unique_ptr<DeviceMemory>> workspaces_, arrays_;
  std::unique_ptr<DeviceMemory> scratch_;
  std::size_t scratch_bytes_ = 0;
};

class Overlap : public testing::TestWithParam<NamedBackend> {};

TEST_P(Overlap, OfWeightGradientsDoesNotChangeABit) {
  auto const backend = GetParam().make();
  for (Precision const precision :
       {Precision::f32, Precision::tf32, Precision::bf16, Precision::fp16}) {
    if (!backend->supports(precision)) continue;
    if (backend->gradient_precision(precision) != precision) continue;  // bf16 on a CPU
    Stack serial(*backend, precision, false), overlapped(*backend, precision, true);
    EXPECT_GE(overlapped.scratch_bytes(), serial.scratch_bytes());
    auto const expected = serial.train(3);
    EXPECT_EQ(overlapped.train(3), expected) << to_string(precision);
    for (auto const& gradients : expected) {
      EXPECT_TRUE(std::any_of(gradients.begin(), gradients.end(), [](float g) { return g != 0; }));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Overlap, testing::ValuesIn(backends_under_test()),
                         [](auto const& each) { return each.param.name; });

}  // namespace
}  // namespace moneta
