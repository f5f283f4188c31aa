// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "telemetry/monitor/host_reading.h"
#include "telemetry/monitor/hysteresis.h"
#include "telemetry/record.h"

namespace moneta {

/// The rules that watch a run. Pure: they read no clock, no card and no disk, only what they are
/// shown, and return what is to be told; each tells once that something begins, and once (info,
/// "recovered", details "from") that it is over. Those of a GPU are in gpu_watch.h; these are:
/// - "slow" (warning): a coin's sequences/s below 80 % of the median of its earlier epochs, for 3
///   epochs in a row; over with an epoch at 90 % or more. It needs 3 earlier epochs. Slow epochs do
///   not count among the earlier ones, so that the bar does not sink.
/// - "disk_low": 10 % free or less (warning), and again at 5 % (error); each is told again only
///   after 2 percentage points more than that were free, the first then tells that it is over.
class RunRules {
 public:
  std::vector<EventRecord> see(EpochRecord const& record);
  /// Room where the run's folder lies.
  std::vector<EventRecord> see(DiskReading const& reading);

 private:
  struct Pace {
    std::deque<double> earlier;  // sequences/s of the epochs that were not slow
    Hysteresis slow{3, 1};
  };

  std::map<std::string, Pace> coins_;
  Hysteresis disk_low_{1, 1}, disk_almost_full_{1, 1};
};

}  // namespace moneta
