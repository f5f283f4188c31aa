// SPDX-License-Identifier: Apache-2.0
#include "train/device_watch.h"

namespace moneta {
namespace {

constexpr std::chrono::seconds between_readings{2};

DeviceMonitorSettings settings_of(Config const& config, std::size_t rank, RankGpus const& gpus,
                                  std::size_t limit_bytes) {
  DeviceMonitorSettings settings;
  settings.rank = rank;
  settings.expectation.power_limit_w = config.device.expected_power_limit_w;
  settings.expectation.memory_limit_bytes = limit_bytes;
  settings.expectation.ranks_on_card = gpus[rank].empty() ? 1 : ranks_on_gpu_of(rank, gpus);
  return settings;
}

}  // namespace

DeviceWatch::DeviceWatch(Config const& config, std::size_t rank, RankGpus const& gpus,
                         std::size_t limit_bytes)
    : rank_(rank),
      monitor_(watch_device(settings_of(config, rank, gpus, limit_bytes), gpus[rank])) {}

void DeviceWatch::post_news(std::function<void(Report const&)> const& post) {
  for (EventRecord& event : monitor_->take_events()) post(std::move(event));
  auto const now = std::chrono::steady_clock::now();
  if (now - posted_ < between_readings) return;
  auto const latest = monitor_->latest();
  if (!latest) return;
  posted_ = now;
  post(DeviceReport{rank_, latest->gpu ? to_json(*latest->gpu) : to_json(latest->host)});
}

}  // namespace moneta
