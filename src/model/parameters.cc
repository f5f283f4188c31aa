// SPDX-License-Identifier: Apache-2.0
#include "model/parameters.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/philox.h"
#include "base/shape.h"

namespace moneta {
namespace {

void append(ParameterLayout& layout, std::string name, std::vector<std::size_t> shape,
            std::size_t fan_in) {
  ParameterSlice slice{std::move(name), std::move(shape), layout.size, 1};
  for (std::size_t const extent : slice.shape) slice.size *= extent;
  layout.size += slice.size;
  layout.slices.push_back(std::move(slice));
  layout.fan_in.push_back(fan_in);
}

void append_lstm(ParameterLayout& layout, ModelConfig const& model, std::string const& timeframe) {
  std::size_t const hidden = model.hidden, gates = 4 * hidden;
  std::size_t const directions = model.bidirectional ? 2 : 1;
  for (std::size_t layer = 0; layer < model.layers; ++layer) {
    std::size_t const inputs = layer == 0 ? feature_count : directions * hidden;
    for (std::size_t direction = 0; direction < directions; ++direction) {
      std::string const end = fmt::format("_l{}{}", layer, direction == 0 ? "" : "_reverse");
      std::string const start = fmt::format("encoder.{}.", timeframe);
      append(layout, start + "weight_ih" + end, {gates, inputs}, hidden);
      append(layout, start + "weight_hh" + end, {gates, hidden}, hidden);
      append(layout, start + "bias_ih" + end, {gates}, hidden);
    }
  }
}

void append_linear(ParameterLayout& layout, std::string const& name, std::size_t outputs,
                   std::size_t inputs) {
  append(layout, name + ".weight", {outputs, inputs}, inputs);
  append(layout, name + ".bias", {outputs}, inputs);
}

void check(ModelConfig const& model, std::vector<std::string> const& timeframes) {
  MONETA_REQUIRE(model.hidden > 0, config,
                 "model.hidden is 0 (a layer needs at least one unit). Set it to 1 or more?");
  MONETA_REQUIRE(model.layers > 0, config,
                 "model.layers is 0 (a timeframe needs at least one layer). Set it to 1 or more?");
  MONETA_REQUIRE(
      !model.transformer.enabled, config,
      "model.transformer.enabled is true (this version has no Transformer block). Set it to false?");
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
  for (std::string const& timeframe : timeframes) append_lstm(layout, model, timeframe);
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
    float const bound = static_cast<float>(1 / std::sqrt(static_cast<double>(layout.fan_in[s])));
    for (std::size_t i = slice.offset; i < slice.offset + slice.size; ++i) {
      if (i % 4 == 0) words = philox(key, 0, i / 4);
      float const uniform = uniform_float(words.word[i % 4]);
      values[i] = bound * (2 * uniform - 1);
    }
  }
  return values;
}

}  // namespace moneta
