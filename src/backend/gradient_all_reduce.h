// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "backend/device_span.h"

namespace moneta {

/// Adds up the gradients of the ranks that train one coin together, their team. Planned for one
/// size of array, so that a sum allocates nothing.
class GradientAllReduce {
 public:
  GradientAllReduce() = default;
  GradientAllReduce(GradientAllReduce const&) = delete;
  GradientAllReduce& operator=(GradientAllReduce const&) = delete;
  virtual ~GradientAllReduce() = default;

  virtual std::string description() const = 0;  ///< what adds: "MPI", "NCCL 2.28.9"
  /// values [P] = their element-wise sum over the team, with the same bits on every member. All
  /// members call it; waits for them. Throws Error (device) if the array has not the planned size
  /// or a library fails.
  virtual void sum(DeviceSpan<float> values) = 0;
};

}  // namespace moneta
