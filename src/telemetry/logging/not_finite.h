// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "telemetry/record.h"

namespace moneta {

/// Reports losses, learning rates and gradient norms that are not finite, which are null in the
/// log. May be used from any thread.
class NotFiniteRule {
 public:
  /// The warning "not_finite", which names the numbers; once per coin and epoch.
  std::optional<EventRecord> event_for(EpochRecord const& record);

 private:
  std::mutex mutex_;
  std::map<std::string, std::int64_t> reported_;  // the latest epoch of each coin
};

}  // namespace moneta
