// SPDX-License-Identifier: Apache-2.0
#include "engine/setup.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <type_traits>

#include "backend/cpu/make.h"
#include "backend/gpus.h"
#include "base/error.h"
#include "base/host.h"
#include "comm/session.h"
#include "engine/batch_builder.h"
#include "model/memory.h"
#include "optim/moment_stream.h"

namespace moneta {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;
/// Code, Open MPI, HDF5 and oneDNN's own tables: resident memory of a rank before its first coin.
constexpr std::size_t runtime_bytes = 160 * mib;
/// The same with CUDA's context, and cuDNN's and cuBLAS's code.
constexpr std::size_t gpu_runtime_bytes = 1536 * mib;

/// Estimated seconds of one update: every layer's products at the device's speed, and the steps
/// that follow each other, forward once, backward twice, and what is computed again.
double update_seconds(Config const& config, DeviceFacts const& device, Precision precision,
                      std::size_t micro_batch, Recompute recompute) {
  DeviceSpeed const speed = device.speed(precision);
  ForecasterShape shape = forecaster_shape(config, precision, micro_batch, true);
  shape.recompute = recompute;
  auto const effective = static_cast<double>(config.train.effective_batch());
  double const turns = effective / static_cast<double>(micro_batch);
  double forward = 0;
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    for (std::size_t l = 0; l < config.model.layers; ++l) {
      LstmShape const layer = layer_shape(shape, k, l);
      auto const steps = static_cast<double>(layer.steps);
      forward += effective * steps * static_cast<double>(layer.parameters()) / speed.products_per_s;
      forward += turns * steps * speed.step_s;
    }
  }
  return forward * (3 + recomputed_share(shape));
}

/// Estimated seconds that copies of a coin's state add to an update: parameters to the device and
/// back once an epoch (the moments' copies hide behind the computation); moments that lie in the
/// host's memory at every update, there and back at the same time.
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

/// That every layer can take.
std::size_t largest_batch(Config const& config, DeviceFacts const& device, Precision precision) {
  ForecasterShape const shape = forecaster_shape(config, precision, 1, true);
  std::size_t smallest = std::numeric_limits<std::size_t>::max();
  for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
    smallest = std::min(smallest, device.largest_micro_batch(layer_shape(shape, k, 0)));
  }
  return smallest;
}

/// Of the model for a batch size, with what a batch builder takes for streamed windows.
ModelBytes model_bytes(Config const& config, DeviceFacts const& device, Precision precision,
                       std::size_t batch, bool training, Recompute recompute) {
  std::size_t staging = 0;
  for (TimeframeConfig const& timeframe : config.data.timeframes) {
    staging += batch * timeframe.steps * feature_count * sizeof(float);
  }
  ForecasterShape shape = forecaster_shape(config, precision, batch, training);
  shape.recompute = recompute;
  ForecasterBytes const bytes = forecaster_bytes(device, shape);
  return {bytes.arena(), bytes.engines + staging};
}

/// What works on the device, cheapest first. In the host's memory nothing is gained by moving state
/// about; with one timeframe or layer there is little to compute again.
std::vector<MemoryOptions> possible_memory_options(Config const& config, bool own_memory,
                                                   std::size_t coins) {
  std::vector<MemoryOptions> steps{{}};  // each gives up more than the one before it
  if (own_memory && coins > 1) steps.push_back(steps.back()), steps.back().offload_inactive = true;
  steps.push_back(steps.back()), steps.back().share_model = true;
  if (own_memory) steps.push_back(steps.back()), steps.back().offload_optimizer = true;
  std::vector<MemoryOptions> all;
  for (MemoryOptions memory_options : steps) {
    for (bool const timeframes : {false, true}) {
      if (timeframes && config.data.timeframes.size() < 2) continue;
      for (bool const layers : {false, true}) {
        if (layers && config.model.layers < 2) continue;
        memory_options.recompute_layers = layers, memory_options.recompute_timeframes = timeframes;
        all.push_back(memory_options);
      }
    }
  }
  return all;
}

/// Rows of a rank's coins as they were read; a sample takes its time, window ends, close and
/// target.
std::size_t host_row_bytes(Config const& config, std::vector<CoinSizes> const& sizes,
                           RankWork const& work) {
  std::size_t sum = 0;
  for (std::size_t const coin : work.coins) {
    sum += DeviceRows::bytes(sizes[coin].rows) +
           sizes[coin].samples * (32 + 8 * config.data.timeframes.size());
  }
  return sum;
}

HostBudget host_budget(Config const& config, DeviceFacts const& device,
                       std::vector<CoinSizes> const& sizes, RankWork const& work,
                       std::size_t ranks_on_node) {
  HostBudget budget;
  budget.fixed_bytes = gpu_runtime_bytes;
  budget.row_bytes = host_row_bytes(config, sizes, work);
  // Of the machine that a calculated GPU is in nothing is known.
  if (device.is_present()) {
    auto const share = static_cast<double>(host_memory_limit_bytes() / ranks_on_node);
    budget.limit_bytes = static_cast<std::size_t>(share * config.device.memory_fraction);
  }
  return budget;
}

/// Remembers what `ask` said: the device's library is asked often for the same.
template <class Key, class Ask>
auto remembered(Ask ask) {
  using Answer = std::invoke_result_t<Ask, Key const&>;
  return [ask, known = std::make_shared<std::map<Key, Answer>>()](Key const& key) {
    auto const found = known->find(key);
    return found != known->end() ? found->second : known->emplace(key, ask(key)).first->second;
  };
}

}  // namespace

std::optional<std::size_t> select_gpu(DeviceConfig const& device, NodeRank place) {
  if (device.kind == DeviceKind::cpu) return {};
  GpuCount const gpus = count_gpus();
  MONETA_REQUIRE(
      gpus.count > 0 || device.kind == DeviceKind::automatic, device,
      "device.kind is cuda, but there is no GPU to compute on ({}). Set device.kind=auto?",
      gpus.why_none);
  if (gpus.count == 0) return {};
  return place.rank % gpus.count;
}

std::unique_ptr<Backend> make_backend(DeviceConfig const& device, NodeRank place) {
  if (auto const gpu = select_gpu(device, place)) return make_cuda_backend(*gpu);
  std::size_t const cores = std::max<std::size_t>(usable_cores() / place.ranks, 1);
  return make_cpu_backend(device.threads > 0 ? device.threads : cores);
}

Precision choose_precision(PrecisionChoice choice, DeviceFacts const& device) {
  switch (choice) {
    case PrecisionChoice::f32:
      return Precision::f32;
    case PrecisionChoice::tf32:
      MONETA_REQUIRE(
          device.multiplies_fast(Precision::tf32), config,
          "train.precision is tf32, which this device does not have ({}). Set train.precision=f32?",
          device.description());
      return Precision::tf32;
    case PrecisionChoice::bf16:
      MONETA_REQUIRE(
          device.memory_use() || device.supports(Precision::bf16), config,
          "train.precision is bf16, which needs a CPU with AVX-512 (this device: {}). Set train.precision=f32?",
          device.description());
      MONETA_REQUIRE(
          device.supports(Precision::bf16), config,
          "train.precision is bf16, which this GPU or its cuDNN does not have ({}; cuDNN 9.13 or newer is needed). Set train.precision=f32?",
          device.description());
      return Precision::bf16;
    case PrecisionChoice::automatic:
      break;
  }
  return device.multiplies_fast(Precision::bf16) ? Precision::bf16 : Precision::f32;
}

std::vector<RankWork> place(Config const& config, std::vector<CoinSizes> const& sizes,
                            std::size_t ranks) {
  if (!config.placement.empty()) return place_coins(config.coins, config.placement, ranks);
  std::vector<double> costs;
  for (CoinSizes const& coin : sizes) costs.push_back(static_cast<double>(coin.samples));
  return balance_coins(costs, ranks);
}

ParameterLayout layout_of(Config const& config) {
  std::vector<std::string> names;
  for (TimeframeConfig const& timeframe : config.data.timeframes) names.push_back(timeframe.name);
  return make_layout(config.model, names);
}

ForecasterShape forecaster_shape(Config const& config, Precision precision, std::size_t batch,
                                 bool training) {
  ForecasterShape shape;
  shape.model = config.model;
  shape.timeframes = config.data.timeframes;
  shape.batch = batch;
  shape.precision = precision;
  shape.training = training;
  shape.loss = config.train.loss == LossKind::mse ? LossFunction::mse : LossFunction::huber;
  shape.huber_delta = static_cast<float>(config.train.huber_delta);
  return shape;
}

std::size_t memory_limit_bytes(DeviceConfig const& device, std::size_t ranks_on_node) {
  if (device.memory_limit_mib) return *device.memory_limit_mib * mib;
  auto const share = static_cast<double>(host_memory_limit_bytes() / ranks_on_node);
  return static_cast<std::size_t>(share * device.memory_fraction);
}

std::size_t device_limit_bytes(DeviceConfig const& device, DeviceMemoryUse const& memory) {
  if (device.memory_limit_mib) return std::min(*device.memory_limit_mib * mib, memory.total_bytes);
  return static_cast<std::size_t>(device.memory_fraction * static_cast<double>(memory.total_bytes));
}

BatchLimits common_batches(BatchLimits limits,
                           std::function<BatchLimits(BatchLimits const&)> const& smallest) {
  // A rank that may take no more than the others may plan otherwise, and then take even less.
  for (std::size_t before = 0; before != limits.micro_batch;) {
    before = limits.micro_batch;
    limits.micro_batch = smallest(limits).micro_batch;
  }
  limits.evaluation_batch = smallest(limits).evaluation_batch;
  return limits;
}

Plan plan_rank(Config const& config, DeviceFacts const& device, Precision precision,
               std::vector<CoinSizes> const& sizes, RankWork const& work, DeviceShare share,
               BatchLimits const& limits) {
  PlanRequest request;
  request.effective_batch = config.train.effective_batch();
  request.evaluation_batch = std::min(config.device.batch, limits.evaluation_batch);
  // A team shares the micro-batches of an update out.
  std::size_t const own_part = std::max<std::size_t>(request.effective_batch / work.team_size, 1);
  request.largest_micro_batch = std::min(largest_batch(config, device, precision), own_part);
  request.micro_batch_at_most = limits.micro_batch;
  request.parameters = layout_of(config).size;
  request.coins = work.coins.size();
  auto const own_memory = device.memory_use();
  for (std::size_t const coin : work.coins) {
    request.row_bytes += DeviceRows::bytes(sizes[coin].rows);
  }
  if (own_memory) {
    request.limit_bytes = device_limit_bytes(config.device, *own_memory) / share.ranks_on_gpu;
    request.fixed_bytes = own_memory->taken_bytes;
    request.host = host_budget(config, device, sizes, work, share.ranks_on_node);
    request.moment_stream_bytes = MomentStream::bytes(request.parameters);
  } else {
    request.limit_bytes = memory_limit_bytes(config.device, share.ranks_on_node);
    request.fixed_bytes = runtime_bytes;
    request.row_bytes += host_row_bytes(config, sizes, work);
  }
  if (limits.memory_bytes)
    request.limit_bytes = std::min(request.limit_bytes, *limits.memory_bytes);
  request.team_buffers = work.team_size > 1 ? 1 : 0;
  request.wide_activations = element_bytes(precision) > 2;
  request.memory_options = possible_memory_options(config, own_memory.has_value(), request.coins);
  if (limits.memory_options) request.memory_options = {*limits.memory_options};
  using TrainingKey = std::tuple<std::size_t, bool, bool>;
  auto const training = remembered<TrainingKey>([&](TrainingKey const& key) {
    auto const [batch, layers, timeframes] = key;
    return model_bytes(config, device, precision, batch, true, {layers, timeframes});
  });
  request.training_bytes = [training](std::size_t batch, MemoryOptions const& memory_options) {
    return training({batch, memory_options.recompute_layers, memory_options.recompute_timeframes});
  };
  request.evaluation_bytes = remembered<std::size_t>(
      [&](std::size_t batch) { return model_bytes(config, device, precision, batch, false, {}); });
  request.update_seconds = [&](std::size_t batch, MemoryOptions const& memory_options) {
    return copy_seconds(config, sizes, work, request.parameters, memory_options) +
           update_seconds(config, device, precision, batch,
                          {memory_options.recompute_layers, memory_options.recompute_timeframes});
  };
  return make_plan(request);
}

}  // namespace moneta
