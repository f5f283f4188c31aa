// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "telemetry/record.h"

namespace moneta {

/// Sees that a number that is not finite, and therefore null in the log, is not silent: a loss, the
/// learning rate or a gradient norm. From any thread.
class NotFiniteRule {
 public:
  /// The warning "not_finite" that names the numbers, once for a coin and epoch.
  std::optional<EventRecord> event_for(EpochRecord const& record);

 private:
  std::mutex mutex_;
  std::map<std::string, std::int64_t> told_;  ///< the epoch by coin
};

}  // namespace moneta
