// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "backend/device_span.h"

namespace moneta {

/// The elements [offset, offset + count) of a gradient array.
struct GradientPart {
  std::size_t offset = 0, count = 0;
  bool operator==(GradientPart const&) const = default;
};

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

  /// The same in parts, concurrently with the computation: `begin` says that values[offset,
  /// offset + count) is complete once the work that is now queued on the backend has run; `finish`
  /// returns when all of `values` is summed. All members must begin the same parts in the same
  /// order, and parts must not overlap. An implementation may leave all work to `finish`.
  virtual void begin(DeviceSpan<float> /*values*/, std::size_t /*offset*/, std::size_t /*count*/) {}
  virtual void finish(DeviceSpan<float> values) { sum(values); }

  /// Gives up the parts that were begun and not finished, so that nothing on the device waits for
  /// the other members any more and its memory can be freed. For the way out of an error: later
  /// sums may throw Error (device), and the job must end.
  virtual void abandon() noexcept {}
};

}  // namespace moneta
