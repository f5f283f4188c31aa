// SPDX-License-Identifier: Apache-2.0
#include "engine/plan_inputs.h"

#include <algorithm>
#include <limits>

#include "base/host.h"
#include "model/memory.h"
#include "model/transformer_shape.h"

namespace moneta::plan_inputs {
namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

std::size_t largest_batch(Config const& config, DeviceFacts const& device, Precision precision,
                          ModelUse use) {
  ForecasterShape const shape = forecaster_shape(config, precision, 1, use);
  std::size_t smallest = unlimited;
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    // The layers above the first one are alike.
    for (std::size_t l = 0; l < std::min<std::size_t>(config.model.layers, 2); ++l) {
      smallest = std::min(smallest, device.largest_micro_batch(layer_shape(shape, k, l)));
    }
  }
  return smallest;
}

}  // namespace

std::size_t host_limit_bytes(DeviceConfig const& device, std::size_t ranks_on_node) {
  std::size_t const part = host_memory_limit_bytes() / ranks_on_node;
  return static_cast<std::size_t>(static_cast<double>(part) * device.memory_fraction);
}

std::size_t cpu_limit_bytes(DeviceConfig const& device, std::size_t ranks_on_node) {
  if (device.memory_limit_mib) return *device.memory_limit_mib << 20;
  return host_limit_bytes(device, ranks_on_node);
}

std::size_t gpu_limit_bytes(DeviceConfig const& device, DeviceMemoryUse const& memory,
                            std::size_t ranks_on_gpu) {
  if (device.memory_limit_mib) {
    return std::min(*device.memory_limit_mib << 20, memory.total_bytes) / ranks_on_gpu;
  }
  double const limit = device.memory_fraction * static_cast<double>(memory.total_bytes);
  return static_cast<std::size_t>(limit) / ranks_on_gpu;
}

std::size_t gpu_fixed_bytes(DeviceMemoryUse const& memory, std::size_t contexts) {
  return (memory.taken_bytes + contexts - 1) / contexts + memory.later_bytes;
}

std::size_t warm_up_limit_bytes(DeviceConfig const& device, DeviceFacts const& facts,
                                std::size_t ranks_on_gpu) {
  auto const memory = facts.memory_use();
  if (!memory) return 0;
  std::size_t const limit = gpu_limit_bytes(device, *memory, ranks_on_gpu);
  return limit - std::min(limit, memory->taken_bytes + memory->later_bytes);
}

std::size_t device_row_bytes(std::vector<CoinSizes> const& sizes, RankWork const& work) {
  std::size_t sum = 0;
  for (std::size_t const coin : work.coins) sum += DeviceRows::bytes(sizes[coin].rows);
  return sum;
}

std::size_t host_row_bytes(Config const& config, std::vector<CoinSizes> const& sizes,
                           RankWork const& work) {
  // Of a sample: its time, its close, its target, and the end of its window in each timeframe.
  std::size_t const sample_bytes = 40 + 8 * config.data.timeframes.size();
  std::size_t sum = device_row_bytes(sizes, work);
  for (std::size_t const coin : work.coins) sum += sizes[coin].samples * sample_bytes;
  return sum;
}

RowPlacement row_placement(std::vector<CoinSizes> const& sizes, RankWork const& work) {
  bool const resident = std::all_of(work.coins.begin(), work.coins.end(), [&](std::size_t coin) {
    std::vector<std::size_t> const& rows = sizes[coin].rows;
    return std::find(rows.begin(), rows.end(), 0u) == rows.end();
  });
  return resident ? RowPlacement::resident : RowPlacement::streamed;
}

ModelBytes model_bytes(DeviceFacts const& device, ForecasterShape const& shape, RowPlacement rows) {
  std::vector<std::size_t> steps;
  for (TimeframeConfig const& timeframe : shape.timeframes) steps.push_back(timeframe.steps);
  ForecasterBytes const bytes = forecaster_bytes(device, shape);
  return {bytes.arena(), bytes.packed_weights + BatchBuilder::bytes(shape.batch, steps, rows)};
}

std::size_t largest_micro_batch(Config const& config, DeviceFacts const& device,
                                Precision precision) {
  return largest_batch(config, device, precision, ModelUse::training);
}

std::size_t largest_evaluation_batch(Config const& config, DeviceFacts const& device,
                                     Precision precision) {
  if (!device.memory_use()) return unlimited;
  return largest_batch(config, device, precision, ModelUse::evaluation);
}

namespace {

/// The Transformer blocks of one update: a forward pass, and a backward pass that repeats it. They
/// compute in float32.
double transformer_seconds(ForecasterShape const& shape, DeviceFacts const& device,
                           double effective) {
  constexpr double passes = 4;  // forward, the same again, gradients of inputs and of weights
  double products = 0;
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    TransformerShape const blocks = transformer_shape(shape, k);
    std::size_t const scores = 2 * blocks.blocks * blocks.steps * blocks.width;
    products += effective * static_cast<double>(blocks.steps) *
                static_cast<double>(blocks.parameters() + scores);
  }
  return passes * products / device.speed(Precision::f32).products_per_s;
}

}  // namespace

double update_seconds(Config const& config, DeviceFacts const& device, Precision precision,
                      std::size_t micro_batch, Recompute recompute) {
  DeviceSpeed const speed = device.speed(precision);
  ForecasterShape shape = forecaster_shape(config, precision, micro_batch, ModelUse::training);
  shape.recompute = recompute;
  auto const effective = static_cast<double>(config.train.effective_batch());
  double const micro_batches = effective / static_cast<double>(micro_batch);
  double forward = 0;
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    for (std::size_t l = 0; l < config.model.layers; ++l) {
      LstmShape const layer = layer_shape(shape, k, l);
      auto const steps = static_cast<double>(layer.steps);
      forward += effective * steps * static_cast<double>(layer.parameters()) / speed.products_per_s;
      forward += micro_batches * steps * speed.step_seconds(layer);
    }
  }
  double const lstm = forward * (3 + recomputed_share(shape));
  if (!config.model.transformer.enabled) return lstm;
  return lstm + transformer_seconds(shape, device, effective);
}

double copy_seconds(Config const& config, std::vector<CoinSizes> const& sizes, RankWork const& work,
                    std::size_t parameters, MemoryOptions const& memory_options) {
  constexpr double bytes_per_s = 12e9;  // PCI Express 3, 16 lanes
  double const array_seconds = sizeof(float) * static_cast<double>(parameters) / bytes_per_s;
  double const moments = memory_options.offload_optimizer ? 2 * array_seconds : 0;
  if (!memory_options.offload_inactive) return moments;
  double samples = 0;
  for (std::size_t const coin : work.coins) samples += static_cast<double>(sizes[coin].samples);
  samples *= config.data.split.train / static_cast<double>(work.coins.size());
  double const updates = samples / static_cast<double>(config.train.effective_batch());
  return moments + 2 * array_seconds / std::max(updates, 1.0);
}

}  // namespace moneta::plan_inputs
