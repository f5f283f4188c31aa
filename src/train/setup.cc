// SPDX-License-Identifier: Apache-2.0
#include "train/setup.h"

#include <algorithm>
#include <map>

#include "backend/cpu/make.h"
#include "backend/gpus.h"
#include "base/error.h"
#include "comm/session.h"
#include "telemetry/process.h"
#include "train/batch_builder.h"

namespace moneta {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;
/// Code, Open MPI, HDF5 and oneDNN's own tables: resident memory of a rank before its first coin.
constexpr std::size_t runtime_bytes = 160 * mib;

}  // namespace

std::unique_ptr<Backend> make_backend(DeviceConfig const& device, NodePlace place) {
  if (device.kind != DeviceKind::cpu) {
    GpuCount const gpus = count_gpus();
    MONETA_REQUIRE(gpus.count > 0 || device.kind == DeviceKind::automatic, device,
                   "device.kind is cuda, but there is no GPU to compute on (", gpus.why_none,
                   "). Set device.kind=auto?");
    if (gpus.count > 0) return make_cuda_backend(place.rank % gpus.count);
  }
  std::size_t const cores = std::max<std::size_t>(usable_cores() / place.ranks, 1);
  return make_cpu_backend(device.threads > 0 ? device.threads : cores);
}

Precision choose_precision(PrecisionChoice choice, Backend const& backend) {
  switch (choice) {
    case PrecisionChoice::f32:
      return Precision::f32;
    case PrecisionChoice::tf32:
      MONETA_REQUIRE(backend.multiplies_fast(Precision::tf32), config,
                     "train.precision is tf32, which this device does not have (",
                     backend.description(), "). Set train.precision=f32?");
      return Precision::tf32;
    case PrecisionChoice::bf16:
      return Precision::bf16;
    case PrecisionChoice::automatic:
      break;
  }
  return backend.multiplies_fast(Precision::bf16) ? Precision::bf16 : Precision::f32;
}

std::vector<RankWork> place(Config const& config, std::vector<CoinSizes> const& sizes,
                            std::size_t ranks) {
  if (!config.placement.empty()) return place_coins(config.coins, config.placement, ranks);
  std::vector<double> costs;
  for (CoinSizes const& coin : sizes) costs.push_back(static_cast<double>(coin.samples));
  return balance_coins(costs, ranks);
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

BatchLimits common_batches(BatchLimits limits,
                           std::function<BatchLimits(BatchLimits const&)> const& smallest) {
  limits.micro_batch = smallest(limits).micro_batch;
  limits.evaluation_batch = smallest(limits).evaluation_batch;
  return limits;
}

Plan plan_rank(Config const& config, Backend const& backend, Precision precision,
               std::vector<CoinSizes> const& sizes, RankWork const& work, std::size_t ranks_on_node,
               BatchLimits const& limits) {
  auto const model_bytes = [&](bool training) {
    return [&config, &backend, precision, training](std::size_t batch) {
      std::size_t staging = 0;  // what a batch builder takes for windows that are streamed
      for (TimeframeConfig const& timeframe : config.data.timeframes) {
        staging += batch * timeframe.steps * feature_count * sizeof(float);
      }
      ForecasterShape const shape = forecaster_shape(config, precision, batch, training);
      return forecaster_bytes(backend, shape).total() + staging;
    };
  };
  PlanRequest request;
  request.effective_batch = config.train.effective_batch();
  request.evaluation_batch = std::min(config.device.batch, limits.evaluation_batch);
  // A team shares the micro-batches of an update out.
  std::size_t const share = std::max<std::size_t>(request.effective_batch / work.team_size, 1);
  request.largest_micro_batch =
      std::min({backend.largest_micro_batch(), share, limits.micro_batch});
  std::vector<std::string> names;
  for (TimeframeConfig const& timeframe : config.data.timeframes) names.push_back(timeframe.name);
  request.parameters = make_layout(config.model, names).size;
  request.coins = work.coins.size();
  if (work.team_size > 1) ++request.arrays_per_coin;
  for (std::size_t const coin : work.coins) {
    // Once as they were read, once on the device; a sample takes its time, window ends and target.
    request.row_bytes += 2 * DeviceRows::bytes(sizes[coin].rows) +
                         sizes[coin].samples * (32 + 8 * config.data.timeframes.size());
  }
  request.limit_bytes = memory_limit_bytes(config.device, ranks_on_node);
  request.fixed_bytes = runtime_bytes;
  request.training_bytes = model_bytes(true);
  request.evaluation_bytes = model_bytes(false);
  return make_plan(request);
}

}  // namespace moneta
