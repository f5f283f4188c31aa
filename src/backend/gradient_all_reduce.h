// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "backend/device_span.h"

namespace moneta {

/// Sums the gradients of a team: the ranks that train one coin together. Planned for one array
/// size, so that a sum allocates nothing.
class GradientAllReduce {
 public:
  GradientAllReduce() = default;
  GradientAllReduce(GradientAllReduce const&) = delete;
  GradientAllReduce& operator=(GradientAllReduce const&) = delete;
  virtual ~GradientAllReduce() = default;

  virtual std::string description() const = 0;  ///< the library: "MPI", "NCCL 2.28.9"
  /// Replaces values [P] by their element-wise sum over the team, with the same bits on every
  /// member. All members must call it; it waits for them. Throws Error (internal) if the array does
  /// not have the planned size, and Error (device) if a library fails.
  virtual void sum(DeviceSpan<float> values) = 0;
};

}  // namespace moneta
