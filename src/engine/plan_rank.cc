// SPDX-License-Identifier: Apache-2.0
#include "engine/plan_rank.h"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <type_traits>

#include "engine/model_shape.h"
#include "engine/plan_inputs.h"
#include "optim/moment_stream.h"

namespace moneta {
namespace {

/// The memory options that can help on this device, cheapest first. A device that computes in host
/// memory gains nothing from offloading, and a single timeframe or layer nothing from recomputing
/// it.
std::vector<MemoryOptions> possible_memory_options(Config const& config, bool own_memory,
                                                   std::size_t coins) {
  std::vector<MemoryOptions> levels{{}};  // each saves more memory than the one before it
  auto const add_level = [&](bool MemoryOptions::*option) {
    levels.push_back(levels.back());
    levels.back().*option = true;
  };
  if (own_memory && coins > 1) add_level(&MemoryOptions::offload_inactive);
  add_level(&MemoryOptions::share_model);
  if (own_memory) add_level(&MemoryOptions::offload_optimizer);
  std::vector<MemoryOptions> all;
  for (MemoryOptions options : levels) {
    for (bool const timeframes : {false, true}) {
      if (timeframes && config.data.timeframes.size() < 2) continue;
      for (bool const layers : {false, true}) {
        if (layers && config.model.layers < 2) continue;
        options.recompute = {layers, timeframes};
        all.push_back(options);
      }
    }
  }
  return all;
}

/// Caches the results of `compute`: the library of a device is asked the same question many times.
template <class Key, class Compute>
auto memoized(Compute compute) {
  using Result = std::invoke_result_t<Compute, Key const&>;
  return [compute, known = std::make_shared<std::map<Key, Result>>()](Key const& key) {
    auto const found = known->find(key);
    return found != known->end() ? found->second : known->emplace(key, compute(key)).first->second;
  };
}

/// Sets the memory of the device and of the host: limits, rows and libraries.
void set_memory(PlanRequest& request, Config const& config, DeviceFacts const& device,
                std::vector<CoinSizes> const& sizes, RankWork const& work,
                ResourceSharing sharing) {
  using namespace plan_inputs;
  request.row_bytes = device_row_bytes(sizes, work);
  std::size_t const host_rows = host_row_bytes(config, sizes, work);
  auto const own_memory = device.memory_use();
  if (!own_memory) {
    request.limit_bytes = cpu_limit_bytes(config.device, sharing.ranks_on_node);
    request.fixed_bytes = cpu_runtime_bytes;
    request.row_bytes += host_rows;
    return;
  }
  request.limit_bytes = gpu_limit_bytes(config.device, *own_memory, sharing.ranks_on_gpu);
  request.fixed_bytes = gpu_fixed_bytes(*own_memory, sharing.contexts);
  request.moment_stream_bytes = MomentStream::bytes(request.parameters);
  request.host = HostBudget{gpu_runtime_bytes, host_rows};
  // Nothing is known about the machine of a GPU that is only planned for.
  if (device.is_present()) {
    request.host->limit_bytes = host_limit_bytes(config.device, sharing.ranks_on_node);
  }
}

/// Sets the memory options and the functions that size and time the models. They refer to the
/// arguments, which must outlive the request.
void set_models(PlanRequest& request, Config const& config, DeviceFacts const& device,
                Precision precision, std::vector<CoinSizes> const& sizes, RankWork const& work) {
  request.wide_activations = element_bytes(precision) > 2;
  request.memory_options =
      possible_memory_options(config, device.memory_use().has_value(), request.coins);
  RowPlacement const rows = plan_inputs::row_placement(sizes, work);
  // The options that concern the model: recompute.layers, recompute.timeframes, overlap.
  using TrainingKey = std::tuple<std::size_t, bool, bool, bool>;
  auto const training = memoized<TrainingKey>([&, precision, rows](TrainingKey const& key) {
    auto const [batch, layers, timeframes, overlap] = key;
    MemoryOptions options;
    options.recompute = {layers, timeframes};
    options.overlap_weight_gradients = overlap;
    return plan_inputs::model_bytes(device, training_shape(config, precision, batch, options),
                                    rows);
  });
  request.training_bytes = [training](std::size_t batch, MemoryOptions const& options) {
    return training({batch, options.recompute.layers, options.recompute.timeframes,
                     options.overlap_weight_gradients});
  };
  request.evaluation_bytes = memoized<std::size_t>([&, precision, rows](std::size_t batch) {
    return plan_inputs::model_bytes(
        device, forecaster_shape(config, precision, batch, ModelUse::evaluation), rows);
  });
  request.update_seconds = [&, precision, parameters = request.parameters](
                               std::size_t batch, MemoryOptions const& options) {
    return plan_inputs::copy_seconds(config, sizes, work, parameters, options) +
           plan_inputs::update_seconds(config, device, precision, batch, options.recompute);
  };
}

}  // namespace

BatchLimits common_batches(BatchLimits limits,
                           std::function<BatchLimits(BatchLimits const&)> const& plan_all_ranks) {
  // A rank that is limited to the smallest micro-batch may choose other memory options, and with
  // them an even smaller one.
  for (std::size_t previous = 0; previous != limits.micro_batch;) {
    previous = limits.micro_batch;
    limits.micro_batch = plan_all_ranks(limits).micro_batch;
  }
  limits.evaluation_batch = plan_all_ranks(limits).evaluation_batch;
  return limits;
}

Plan plan_rank(Config const& config, DeviceFacts const& device, Precision precision,
               std::vector<CoinSizes> const& sizes, RankWork const& work, ResourceSharing sharing,
               BatchLimits const& limits) {
  PlanRequest request;
  request.effective_batch = config.train.effective_batch();
  request.evaluation_batch =
      std::min({config.device.batch, limits.evaluation_batch,
                plan_inputs::largest_evaluation_batch(config, device, precision)});
  // A team divides the micro-batches of an update among its members.
  std::size_t const own_part = std::max<std::size_t>(request.effective_batch / work.team_size, 1);
  request.largest_micro_batch =
      std::min(plan_inputs::largest_micro_batch(config, device, precision), own_part);
  request.micro_batch_at_most = limits.micro_batch;
  request.parameters = layout_of(config).size;
  request.coins = work.coins.size();
  bool const sums_in_host_memory =
      work.team_size > 1 && sharing.team_sum == TeamSum::in_host_memory;
  request.team_buffers = sums_in_host_memory ? 1 : 0;
  if (work.team_index != 0) request.snapshots = 0;  // the root saves
  set_memory(request, config, device, sizes, work, sharing);
  if (limits.variable_bytes) {
    request.limit_bytes = std::min(
        request.limit_bytes, request.fixed_bytes + request.row_bytes + *limits.variable_bytes);
  }
  set_models(request, config, device, precision, sizes, work);
  if (limits.memory_options) request.memory_options = {*limits.memory_options};
  request.may_overlap_weight_gradients = limits.may_overlap_weight_gradients &&
                                         device.overlaps_weight_gradients() &&
                                         config.model.layers > 1;
  return make_plan(request);
}

}  // namespace moneta
