// SPDX-License-Identifier: Apache-2.0
#include "coord/device_sampler.h"

#include <algorithm>
#include <utility>

namespace moneta {
namespace {

constexpr std::chrono::seconds between_samples{2};

/// The memory that the rank may use without an alert, which is raised at 98 % of it. A plan may
/// fill its limit, and the actual use may exceed the plan by 3 %.
std::size_t expected_memory(Plan const& plan) {
  return std::max(plan.limit_bytes, plan.total_bytes + plan.total_bytes / 20);
}

DeviceMonitorSettings settings_of(Config const& config, std::size_t rank, RankGpus const& gpus,
                                  Plan const& plan) {
  DeviceMonitorSettings settings;
  settings.rank = rank;
  settings.expectation.power_limit_w = config.device.expected_power_limit_w;
  settings.expectation.memory_limit_bytes = expected_memory(plan);
  settings.expectation.ranks_on_gpu = gpus[rank].empty() ? 1 : ranks_on_gpu_of(rank, gpus);
  return settings;
}

}  // namespace

DeviceSampler::DeviceSampler(Config const& config, std::size_t rank, RankGpus const& gpus,
                             Plan const& plan)
    : rank_(rank), monitor_(monitor_device(settings_of(config, rank, gpus, plan), gpus[rank])) {}

void DeviceSampler::poll(std::function<void(RankMessage const&)> const& post) {
  for (EventRecord& event : monitor_->take_events()) post(std::move(event));
  auto const now = std::chrono::steady_clock::now();
  if (now - posted_ < between_samples) return;
  auto const latest = monitor_->latest();
  if (!latest) return;
  posted_ = now;
  post(DeviceSample{rank_, latest->gpu ? to_json(*latest->gpu) : to_json(latest->host)});
}

}  // namespace moneta
