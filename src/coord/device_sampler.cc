// SPDX-License-Identifier: Apache-2.0
#include "coord/device_sampler.h"

#include <algorithm>

namespace moneta {
namespace {

constexpr std::chrono::seconds between_readings{2};

/// A plan that fills its limit is as it should be, and what it takes may be 3 % more than planned:
/// the alert comes at 98 % of this.
std::size_t memory_expected(Plan const& plan) {
  return std::max(plan.limit_bytes, plan.total_bytes + plan.total_bytes / 20);
}

DeviceMonitorSettings settings_of(Config const& config, std::size_t rank, RankGpus const& gpus,
                                  Plan const& plan) {
  DeviceMonitorSettings settings;
  settings.rank = rank;
  settings.expectation.power_limit_w = config.device.expected_power_limit_w;
  settings.expectation.memory_limit_bytes = memory_expected(plan);
  settings.expectation.ranks_on_card = gpus[rank].empty() ? 1 : ranks_on_gpu_of(rank, gpus);
  return settings;
}

}  // namespace

DeviceSampler::DeviceSampler(Config const& config, std::size_t rank, RankGpus const& gpus,
                             Plan const& plan)
    : rank_(rank), monitor_(monitor_device(settings_of(config, rank, gpus, plan), gpus[rank])) {}

void DeviceSampler::post_news(std::function<void(RankMessage const&)> const& post) {
  for (EventRecord& event : monitor_->take_events()) post(std::move(event));
  auto const now = std::chrono::steady_clock::now();
  if (now - posted_ < between_readings) return;
  auto const latest = monitor_->latest();
  if (!latest) return;
  posted_ = now;
  post(DeviceSample{rank_, latest->gpu ? to_json(*latest->gpu) : to_json(latest->host)});
}

}  // namespace moneta
