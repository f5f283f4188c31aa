// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "config/config.h"
#include "coord/rank_message.h"
#include "engine/gpu_sharing.h"
#include "plan/plan.h"
#include "telemetry/monitor/device_monitor.h"

namespace moneta {

/// Posts the readings and the events of a rank's device to rank 0.
class DeviceSampler {
 public:
  /// Starts the device monitor. `gpus` has one entry per rank; `plan` is that of this rank.
  DeviceSampler(Config const& config, std::size_t rank, RankGpus const& gpus, Plan const& plan);

  /// Posts new events, and a DeviceSample every two seconds. To be called between updates; does not
  /// wait.
  void poll(std::function<void(RankMessage const&)> const& post);

  /// Summary of the samples since the last call; see DeviceMonitor::take_summary.
  Json take_summary() { return monitor_->take_summary(); }

 private:
  std::size_t rank_;
  std::unique_ptr<DeviceMonitor> monitor_;
  std::chrono::steady_clock::time_point posted_ = {};
};

}  // namespace moneta
