// SPDX-License-Identifier: Apache-2.0
#include "model/memory.h"

#include <algorithm>

#include "base/error.h"

namespace moneta {
namespace {

constexpr std::size_t alignment = 256;  // cache lines of CPUs, vector loads of GPUs

/// Hands out pieces one after the other and adds up their bytes.
class BumpPlanner {
 public:
  Piece take(std::size_t bytes, std::size_t& sum) {
    Piece const piece{size_, bytes};
    std::size_t const padded = (bytes + alignment - 1) / alignment * alignment;
    size_ += padded;
    sum += padded;
    return piece;
  }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

/// Largest buffers that all timeframes can share.
struct SharedSizes {
  std::size_t input = 0, output = 0, d_output = 0, workspace = 0, scratch = 0;
};

std::size_t output_elements(LstmShape const& layer) {
  return layer.steps * layer.batch * layer.outputs();
}

std::size_t input_bytes(LstmShape const& layer) {
  return layer.steps * layer.batch * layer.inputs * element_bytes(layer.precision);
}

std::size_t output_bytes(LstmShape const& layer) {
  return output_elements(layer) * element_bytes(layer.precision);
}

/// The bytes of every layer of timeframe k; layers above the second are as the second.
std::vector<LstmBytes> ask_layers(DeviceFacts const& device, ForecasterShape const& shape,
                                  std::size_t k) {
  std::vector<LstmBytes> bytes;
  for (std::size_t l = 0; l < shape.model.layers; ++l) {
    bytes.push_back(l < 2 ? device.lstm_bytes(layer_shape(shape, k, l)) : bytes.back());
  }
  return bytes;
}

SharedSizes shared_sizes(DeviceFacts const& device, ForecasterShape const& shape,
                         std::vector<std::vector<LstmBytes>> const& layers) {
  SharedSizes sizes;
  for (std::size_t k = 0; k < layers.size(); ++k) {
    LstmShape const first = layer_shape(shape, k, 0);
    std::size_t const gradient = element_bytes(device.gradient_precision(first.precision));
    sizes.input = std::max(sizes.input, input_bytes(first));
    sizes.output = std::max(sizes.output, output_bytes(first));
    sizes.d_output = std::max(sizes.d_output, output_elements(first) * gradient);
    for (LstmBytes const& layer : layers[k]) {
      sizes.workspace = std::max(sizes.workspace, layer.workspace);
      sizes.scratch = std::max(sizes.scratch, layer.scratch);
    }
  }
  return sizes;
}

/// What a timeframe keeps so that its backward finds what its forward left. `shared` is the
/// workspace of all layers, if they share one.
EncoderPieces cut_training_encoder(BumpPlanner& cutter, ForecasterShape const& shape, std::size_t k,
                                   std::vector<LstmBytes> const& layers, Piece shared,
                                   ForecasterBytes& bytes) {
  EncoderPieces pieces;
  bool const share = shape.recompute.layers;
  pieces.input = cutter.take(input_bytes(layer_shape(shape, k, 0)), bytes.activations);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    std::size_t const output = output_bytes(layer_shape(shape, k, l));
    pieces.outputs.push_back(cutter.take(output, bytes.activations));
    if (shape.model.dropout > 0 && l + 1 < layers.size()) {
      pieces.dropped.push_back(share && l > 0 ? pieces.dropped[0]
                                              : cutter.take(output, bytes.activations));
    }
    pieces.workspaces.push_back(share ? shared : cutter.take(layers[l].workspace, bytes.workspace));
  }
  return pieces;
}

void cut_training_encoders(BumpPlanner& cutter, ForecasterShape const& shape,
                           SharedSizes const& sizes,
                           std::vector<std::vector<LstmBytes>> const& layers,
                           ForecasterMemory& memory) {
  ForecasterBytes& bytes = memory.bytes;
  Piece const d_top = cutter.take(sizes.d_output, bytes.activations);
  Piece const d_below = cutter.take(shape.model.layers > 1 ? sizes.d_output : 0, bytes.activations);
  Piece shared;
  if (shape.recompute.layers) shared = cutter.take(sizes.workspace, bytes.workspace);
  BumpPlanner largest = cutter;
  ForecasterBytes largest_bytes = bytes;
  for (std::size_t k = 0; k < layers.size(); ++k) {
    BumpPlanner own = shape.recompute.timeframes ? cutter : largest;
    ForecasterBytes own_bytes = shape.recompute.timeframes ? bytes : largest_bytes;
    memory.encoders.push_back(cut_training_encoder(own, shape, k, layers[k], shared, own_bytes));
    memory.encoders[k].d_outputs[0] = d_top;
    memory.encoders[k].d_outputs[1] = d_below;
    if (own.size() < largest.size()) continue;
    largest = own;
    largest_bytes = own_bytes;
  }
  cutter = largest;
  bytes = largest_bytes;
}

/// Without a backward nothing outlives the next layer: all timeframes share these pieces.
EncoderPieces cut_forward_encoder(BumpPlanner& cutter, std::size_t layers, SharedSizes const& sizes,
                                  ForecasterBytes& bytes) {
  EncoderPieces pieces;
  pieces.input = cutter.take(sizes.input, bytes.activations);
  for (std::size_t l = 0; l < layers; ++l) {
    pieces.outputs.push_back(l < 2 ? cutter.take(sizes.output, bytes.activations)
                                   : pieces.outputs[l - 2]);
  }
  pieces.workspaces.resize(layers);
  return pieces;
}

HeadPieces cut_head(BumpPlanner& cutter, ForecasterShape const& shape, ForecasterBytes& bytes) {
  std::size_t const n = shape.batch, hidden = shape.model.hidden;
  std::size_t const states = (shape.model.bidirectional ? 2 : 1) * hidden * shape.timeframes.size();
  auto const take = [&](std::size_t elements) {
    return cutter.take(elements * sizeof(float), bytes.activations);
  };
  HeadPieces head;
  head.states = take(n * states);
  head.hidden = take(n * hidden);
  head.prediction = take(n);
  head.d_prediction = take(n);
  if (shape.training) {
    head.d_hidden = take(n * hidden);
    head.d_states = take(n * states);
  }
  return head;
}

void check(ForecasterShape const& shape) {
  std::vector<std::string> names;
  for (TimeframeConfig const& timeframe : shape.timeframes) names.push_back(timeframe.name);
  make_layout(shape.model, names);  // throws if the model itself cannot be
  MONETA_REQUIRE(shape.batch > 0, internal, "a forecaster for batches of 0 windows");
  double const dropout = shape.model.dropout;
  MONETA_REQUIRE(
      dropout >= 0 && dropout < 1, config,
      "model.dropout is {:g} (it is the share of units left out, at least 0 and less than 1). Change it?",
      dropout);
  for (TimeframeConfig const& timeframe : shape.timeframes) {
    MONETA_REQUIRE(
        timeframe.steps > 0, config,
        "data.timeframes gives {} 0 steps (a window needs at least one bar). Set it to 1 or more?",
        timeframe.name);
  }
}

}  // namespace

LstmShape layer_shape(ForecasterShape const& shape, std::size_t timeframe, std::size_t layer) {
  LstmShape lstm;
  lstm.steps = shape.timeframes[timeframe].steps;
  lstm.batch = shape.batch;
  lstm.hidden = shape.model.hidden;
  lstm.directions = shape.model.bidirectional ? 2 : 1;
  lstm.inputs = layer == 0 ? padded_feature_count : lstm.outputs();
  lstm.weight_inputs = layer == 0 ? feature_count : lstm.outputs();
  lstm.precision = shape.precision;
  lstm.training = shape.training;
  lstm.input_gradient = layer > 0;
  if (shape.training) {
    lstm.algorithm = layer == 0 ? shape.algorithms.first : shape.algorithms.above;
  }
  return lstm;
}

double recomputed_share(ForecasterShape const& shape) {
  auto const timeframes = static_cast<double>(shape.timeframes.size());
  auto const layers = static_cast<double>(shape.model.layers);
  double share = 0;
  if (shape.recompute.timeframes) share += (timeframes - 1) / timeframes;
  // The top layer's forward was the last one: of every timeframe if they are computed again.
  double const fresh = shape.recompute.timeframes ? timeframes : 1;
  if (shape.recompute.layers) share += 1 - fresh / (timeframes * layers);
  return share;
}

ForecasterMemory plan_memory(DeviceFacts const& device, ForecasterShape const& shape) {
  check(shape);
  ForecasterMemory memory;
  ForecasterBytes& bytes = memory.bytes;
  std::vector<std::vector<LstmBytes>> layers;
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    layers.push_back(ask_layers(device, shape, k));
    for (LstmBytes const& layer : layers[k]) bytes.engines += layer.engine;
  }
  SharedSizes const sizes = shared_sizes(device, shape, layers);

  BumpPlanner cutter;
  if (shape.training) {
    cut_training_encoders(cutter, shape, sizes, layers, memory);
  } else {
    memory.encoders.assign(layers.size(),
                           cut_forward_encoder(cutter, shape.model.layers, sizes, bytes));
  }
  Piece const scratch = cutter.take(sizes.scratch, bytes.scratch);
  for (EncoderPieces& pieces : memory.encoders) pieces.scratch = scratch;
  memory.head = cut_head(cutter, shape, bytes);
  memory.arena_bytes = cutter.size();
  return memory;
}

ForecasterBytes forecaster_bytes(DeviceFacts const& device, ForecasterShape const& shape) {
  return plan_memory(device, shape).bytes;
}

}  // namespace moneta
