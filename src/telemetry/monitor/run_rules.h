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

/// The rules that turn epoch records and disk readings into events. They never read a clock, a GPU
/// or a disk themselves. Each state is reported once when it begins, and once when it ends (info,
/// "recovered", with "from" in the details). The rules for GPUs are in gpu_rules.h; these are:
/// - "slow" (warning): the sequences/s of a coin are below 80 % of the median of its earlier epochs
///   for 3 epochs in a row; ends with an epoch at 90 % or more. This requires 3 earlier epochs.
///   Slow epochs do not count as earlier ones, so that the median does not fall.
/// - "disk_low": 10 % or less of the disk is free (warning), and again at 5 % or less (error). Each
///   ends when 2 percentage points more are free; the end of the first one is reported.
class RunRules {
 public:
  /// Check the next epoch or reading, and return the events of the states that begin or end with
  /// it.
  std::vector<EventRecord> check(EpochRecord const& record);
  std::vector<EventRecord> check(DiskReading const& reading);

 private:
  struct Pace {
    std::deque<double> earlier;  // sequences/s of the epochs that were not slow
    Hysteresis slow{3, 1};
  };

  std::map<std::string, Pace> coins_;
  Hysteresis disk_low_{1, 1}, disk_almost_full_{1, 1};
};

}  // namespace moneta
