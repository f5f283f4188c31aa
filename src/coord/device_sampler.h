// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "config/config.h"
#include "coord/rank_message.h"
#include "engine/gpu_sharing.h"
#include "plan/plan.h"
#include "telemetry/monitor/device_monitor.h"

namespace moneta {

/// What a rank tells of the device that it computes on, in reports to rank 0.
class DeviceSampler {
 public:
  /// Starts to sample. `gpus` are those of all ranks; `plan`: this rank's.
  DeviceSampler(Config const& config, std::size_t rank, RankGpus const& gpus, Plan const& plan);

  /// Between updates: posts what there is to tell, a reading every two seconds. Does not wait.
  void post_news(std::function<void(RankMessage const&)> const& post);
  /// Of the samples since the last call; see DeviceSummary.
  Json take_summary() { return monitor_->take_summary(); }

 private:
  std::size_t rank_;
  std::unique_ptr<DeviceMonitor> monitor_;
  std::chrono::steady_clock::time_point posted_ = {};
};

}  // namespace moneta
