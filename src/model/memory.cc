// SPDX-License-Identifier: Apache-2.0
#include "model/memory.h"

#include <algorithm>

#include "base/error.h"
#include "model/transformer_shape.h"

namespace moneta {
namespace {

/// Places buffers one after the other and sums their sizes.
class BumpPlanner {
 public:
  BufferRange take(std::size_t bytes, std::size_t& sum) {
    BufferRange const range{size_, bytes};
    std::size_t const padded = (bytes + arena_alignment - 1) / arena_alignment * arena_alignment;
    size_ += padded;
    sum += padded;
    return range;
  }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

/// Sizes of buffers that are sufficient for all timeframes.
struct SharedSizes {
  std::size_t input = 0, output = 0, d_output = 0, d_input = 0, workspace = 0, scratch = 0;
};

std::size_t output_elements(LstmShape const& layer) {
  return layer.steps * layer.batch * layer.outputs();
}

std::size_t input_elements(LstmShape const& layer) {
  return layer.steps * layer.batch * layer.inputs;
}

std::size_t input_bytes(LstmShape const& layer) {
  return input_elements(layer) * element_bytes(layer.precision);
}

std::size_t output_bytes(LstmShape const& layer) {
  return output_elements(layer) * element_bytes(layer.precision);
}

/// The sizes of every layer of timeframe k; the layers above the second are equal to it.
std::vector<LstmBytes> layer_bytes(DeviceFacts const& device, ForecasterShape const& shape,
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
    if (first.input_gradient) {
      sizes.d_input = std::max(sizes.d_input, input_elements(first) * gradient);
    }
    for (LstmBytes const& layer : layers[k]) {
      sizes.workspace = std::max(sizes.workspace, layer.workspace);
      sizes.scratch = std::max(sizes.scratch, layer.scratch);
    }
  }
  return sizes;
}

/// The buffers that a timeframe needs from its forward to its backward pass. `shared` is the
/// workspace of all layers with Recompute::layers.
EncoderBuffers plan_training_encoder(BumpPlanner& planner, ForecasterShape const& shape,
                                     std::size_t k, std::vector<LstmBytes> const& layers,
                                     BufferRange shared, ForecasterBytes& bytes) {
  EncoderBuffers buffers;
  bool const is_shared = shape.recompute.layers;
  buffers.input = planner.take(input_bytes(layer_shape(shape, k, 0)), bytes.activations);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    std::size_t const output = output_bytes(layer_shape(shape, k, l));
    buffers.outputs.push_back(planner.take(output, bytes.activations));
    if (shape.model.dropout > 0 && l + 1 < layers.size()) {
      buffers.dropped.push_back(is_shared && l > 0 ? buffers.dropped[0]
                                                   : planner.take(output, bytes.activations));
    }
    buffers.workspaces.push_back(is_shared ? shared
                                           : planner.take(layers[l].workspace, bytes.workspace));
  }
  return buffers;
}

void plan_training_encoders(BumpPlanner& planner, ForecasterShape const& shape,
                            SharedSizes const& sizes,
                            std::vector<std::vector<LstmBytes>> const& layers,
                            ForecasterMemory& memory) {
  ForecasterBytes& bytes = memory.bytes;
  BufferRange const d_top = planner.take(sizes.d_output, bytes.activations);
  BufferRange const d_below =
      planner.take(shape.model.layers > 1 ? sizes.d_output : 0, bytes.activations);
  BufferRange const d_input = planner.take(sizes.d_input, bytes.activations);
  BufferRange shared;
  if (shape.recompute.layers) shared = planner.take(sizes.workspace, bytes.workspace);
  BumpPlanner largest = planner;
  ForecasterBytes largest_bytes = bytes;
  for (std::size_t k = 0; k < layers.size(); ++k) {
    BumpPlanner own = shape.recompute.timeframes ? planner : largest;
    ForecasterBytes own_bytes = shape.recompute.timeframes ? bytes : largest_bytes;
    memory.encoders.push_back(plan_training_encoder(own, shape, k, layers[k], shared, own_bytes));
    memory.encoders[k].d_outputs[0] = d_top;
    memory.encoders[k].d_outputs[1] = d_below;
    memory.encoders[k].d_input = d_input;
    if (own.size() < largest.size()) continue;
    largest = own;
    largest_bytes = own_bytes;
  }
  planner = largest;
  bytes = largest_bytes;
}

/// Without a backward pass, no output is needed after the next layer: all timeframes share these
/// buffers.
EncoderBuffers plan_forward_encoder(BumpPlanner& planner, std::size_t layers,
                                    SharedSizes const& sizes, ForecasterBytes& bytes) {
  EncoderBuffers buffers;
  buffers.input = planner.take(sizes.input, bytes.activations);
  for (std::size_t l = 0; l < layers; ++l) {
    buffers.outputs.push_back(l < 2 ? planner.take(sizes.output, bytes.activations)
                                    : buffers.outputs[l - 2]);
  }
  buffers.workspaces.resize(layers);
  return buffers;
}

std::size_t transformer_bytes(ForecasterShape const& shape) {
  std::size_t bytes = 0;
  if (!shape.model.transformer.enabled) return bytes;
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    bytes = std::max(bytes, transformer_scratch_bytes(transformer_shape(shape, k)));
  }
  return bytes;
}

void plan_scratch(BumpPlanner& planner, ForecasterShape const& shape, std::size_t layers,
                  ForecasterMemory& memory) {
  std::size_t const blocks = transformer_bytes(shape);
  bool const apart = shape.training && shape.overlap_weight_gradients;
  BufferRange const scratch =
      planner.take(apart ? layers : std::max(layers, blocks), memory.bytes.scratch);
  BufferRange const own = apart ? planner.take(blocks, memory.bytes.scratch) : scratch;
  for (EncoderBuffers& buffers : memory.encoders) {
    buffers.scratch = {scratch.offset, layers};
    buffers.transformer = {own.offset, blocks};
  }
}

HeadBuffers plan_head(BumpPlanner& planner, ForecasterShape const& shape, ForecasterBytes& bytes) {
  std::size_t const n = shape.batch, hidden = shape.model.hidden;
  std::size_t const states = (shape.model.bidirectional ? 2 : 1) * hidden * shape.timeframes.size();
  auto const take = [&](std::size_t elements) {
    return planner.take(elements * sizeof(float), bytes.activations);
  };
  HeadBuffers head;
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
  make_layout(shape.model, timeframe_names(shape));  // throws if the model is not valid
  MONETA_REQUIRE(shape.batch > 0, internal, "a forecaster is planned for batches of 0 windows");
  double const dropout = shape.model.dropout;
  MONETA_REQUIRE(
      dropout >= 0 && dropout < 1, config,
      "model.dropout is {:g} (the fraction of dropped units must be at least 0 and less than 1). Change it?",
      dropout);
  for (TimeframeConfig const& timeframe : shape.timeframes) {
    MONETA_REQUIRE(
        timeframe.steps > 0, config,
        "data.timeframes has 0 steps for {} (a window needs at least one bar). Set it to 1 or more?",
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
  lstm.overlap_weight_gradients = shape.training && shape.overlap_weight_gradients;
  // See EncoderBuffers::d_input.
  lstm.input_gradient = layer > 0 || lstm.overlap_weight_gradients;
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
  // The top layer's activations are still present: those of the last timeframe, or of every
  // timeframe if timeframes are recomputed.
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
    layers.push_back(layer_bytes(device, shape, k));
    for (LstmBytes const& layer : layers[k]) bytes.packed_weights += layer.packed_weights;
  }
  SharedSizes const sizes = shared_sizes(device, shape, layers);

  BumpPlanner planner;
  if (shape.training) {
    plan_training_encoders(planner, shape, sizes, layers, memory);
  } else {
    memory.encoders.assign(layers.size(),
                           plan_forward_encoder(planner, shape.model.layers, sizes, bytes));
  }
  plan_scratch(planner, shape, sizes.scratch, memory);
  memory.head = plan_head(planner, shape, bytes);
  memory.arena_bytes = planner.size();
  return memory;
}

ForecasterBytes forecaster_bytes(DeviceFacts const& device, ForecasterShape const& shape) {
  return plan_memory(device, shape).bytes;
}

}  // namespace moneta
