// SPDX-License-Identifier: Apache-2.0
#include "model/parameters.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/philox.h"
#include "base/shape.h"
#include "model/transformer_shape.h"

namespace moneta {
namespace {

void append(ParameterLayout& layout, std::string name, std::vector<std::size_t> shape,
            InitialValues initial) {
  ParameterSlice slice{std::move(name), std::move(shape), layout.size, 1};
  for (std::size_t const extent : slice.shape) slice.size *= extent;
  layout.size += slice.size;
  layout.slices.push_back(std::move(slice));
  layout.initial.push_back(initial);
}

/// Uniform in +-1/sqrt(inputs).
InitialValues within_root_of(std::size_t inputs) {
  return {0, 1 / std::sqrt(static_cast<double>(inputs))};
}

void append_lstm(ParameterLayout& layout, ModelConfig const& model, std::string const& timeframe) {
  std::size_t const hidden = model.hidden, gates = 4 * hidden;
  std::size_t const directions = model.bidirectional ? 2 : 1;
  for (std::size_t layer = 0; layer < model.layers; ++layer) {
    std::size_t const inputs = layer == 0 ? feature_count : directions * hidden;
    for (std::size_t direction = 0; direction < directions; ++direction) {
      std::string const end = fmt::format("_l{}{}", layer, direction == 0 ? "" : "_reverse");
      std::string const start = fmt::format("encoder.{}.", timeframe);
      append(layout, start + "weight_ih" + end, {gates, inputs}, within_root_of(hidden));
      append(layout, start + "weight_hh" + end, {gates, hidden}, within_root_of(hidden));
      append(layout, start + "bias_ih" + end, {gates}, within_root_of(hidden));
    }
  }
}

void append_linear(ParameterLayout& layout, std::string const& name, std::size_t outputs,
                   std::size_t inputs) {
  append(layout, name + ".weight", {outputs, inputs}, within_root_of(inputs));
  append(layout, name + ".bias", {outputs}, within_root_of(inputs));
}

void append_norm(ParameterLayout& layout, std::string const& name, std::size_t width) {
  append(layout, name + ".weight", {width}, {1, 0});
  append(layout, name + ".bias", {width}, {0, 0});
}

void append_transformer(ParameterLayout& layout, ModelConfig const& model,
                        std::string const& timeframe) {
  std::size_t const width = (model.bidirectional ? 2 : 1) * model.hidden;
  std::size_t const inner = inner_width(model.transformer, width);
  std::string const start = fmt::format("transformer.{}.", timeframe);
  double const projection = std::sqrt(1.5 / static_cast<double>(width));
  for (std::size_t block = 0; block < model.transformer.layers; ++block) {
    std::string const name = fmt::format("{}layers.{}.", start, block);
    append(layout, name + "self_attn.in_proj_weight", {3 * width, width}, {0, projection});
    append(layout, name + "self_attn.in_proj_bias", {3 * width}, {0, 0});
    append(layout, name + "self_attn.out_proj.weight", {width, width}, within_root_of(width));
    append(layout, name + "self_attn.out_proj.bias", {width}, {0, 0});
    append_linear(layout, name + "linear1", inner, width);
    append_linear(layout, name + "linear2", width, inner);
    append_norm(layout, name + "norm1", width);
    append_norm(layout, name + "norm2", width);
  }
  append_norm(layout, start + "norm", width);
}

void check(ModelConfig const& model, std::vector<std::string> const& timeframes) {
  MONETA_REQUIRE(model.hidden > 0, config,
                 "model.hidden is 0 (a layer needs at least one unit). Set it to 1 or more?");
  MONETA_REQUIRE(model.layers > 0, config,
                 "model.layers is 0 (a timeframe needs at least one layer). Set it to 1 or more?");
  std::size_t const width = (model.bidirectional ? 2 : 1) * model.hidden;
  MONETA_REQUIRE(
      !model.transformer.enabled || width % model.transformer.heads == 0, config,
      "model.transformer.heads is {} (the heads must divide the {} outputs of the LSTM). Choose a divisor of {}?",
      model.transformer.heads, width, width);
  MONETA_REQUIRE(
      !timeframes.empty(), config,
      "data.timeframes is empty (the model needs at least one timeframe). Add one, for example {{1m: 240}}?");
  std::set<std::string> seen;
  for (std::string const& name : timeframes) {
    MONETA_REQUIRE(
        seen.insert(name).second, config,
        "data.timeframes names {} twice (its parameters would have the same names). Remove one?",
        name);
  }
}

}  // namespace

ParameterSlice const& ParameterLayout::at(std::string const& name) const {
  auto const found = std::ranges::find(slices, name, &ParameterSlice::name);
  MONETA_REQUIRE(
      found != slices.end(), internal,
      "there is no parameter '{}' (the model has {} with other names). Is it from another model?",
      name, slices.size());
  return *found;
}

ParameterLayout make_layout(ModelConfig const& model, std::vector<std::string> const& timeframes) {
  check(model, timeframes);
  ParameterLayout layout;
  for (std::string const& timeframe : timeframes) {
    append_lstm(layout, model, timeframe);
    if (model.transformer.enabled) append_transformer(layout, model, timeframe);
  }
  std::size_t const directions = model.bidirectional ? 2 : 1;
  append_linear(layout, "head.hidden", model.hidden, directions * model.hidden * timeframes.size());
  append_linear(layout, "head.output", 1, model.hidden);
  return layout;
}

std::vector<float> initial_parameters(ParameterLayout const& layout, std::uint64_t seed,
                                      std::string const& coin) {
  std::uint64_t const key = random_key(seed, coin, RandomPurpose::initial_parameters);
  std::vector<float> values(layout.size);
  PhiloxWords words{};  // number i is word i % 4 of block i / 4; there are no gaps between slices
  for (std::size_t s = 0; s < layout.slices.size(); ++s) {
    ParameterSlice const& slice = layout.slices[s];
    auto const center = static_cast<float>(layout.initial[s].center);
    auto const bound = static_cast<float>(layout.initial[s].bound);
    for (std::size_t i = slice.offset; i < slice.offset + slice.size; ++i) {
      if (i % 4 == 0) words = philox(key, 0, i / 4);
      float const uniform = uniform_float(words.word[i % 4]);
      values[i] = center + bound * (2 * uniform - 1);
    }
  }
  return values;
}

}  // namespace moneta
