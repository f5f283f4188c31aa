// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "backend/gradient_all_reduce.h"
#include "model/forecaster.h"

namespace moneta {

/// The sum of the gradients of one update over a team, begun part by part while the last
/// micro-batch of this member is still computed.
///
/// A member waits in the all-reduce until every other member has begun the same parts in the same
/// order. Therefore every member begins all parts in every update, no matter what happens to its
/// own work: `finish` begins those that are left, which are all of them on a member without a
/// micro-batch, and the later ones on a member whose work has failed. Such a sum is useless but
/// complete, and the votes that the team exchanges after it tell all members whether to use it. No
/// agreement is needed before the first part, and so no member waits for another while it computes.
class TeamGradientSum {
 public:
  /// `parts` are all parts of `gradients` [P] in the order in which they become complete; see
  /// gradient_parts. The references must outlive this.
  TeamGradientSum(GradientAllReduce& all_reduce, DeviceSpan<float> gradients,
                  std::vector<GradientPart> const& parts);
  TeamGradientSum(TeamGradientSum const&) = delete;
  TeamGradientSum& operator=(TeamGradientSum const&) = delete;
  /// If parts were begun and not finished, an error ends the work of this member: gives up the sum,
  /// so that the memory of the device can be freed and the error is reported.
  ~TeamGradientSum();

  /// Begins the sum of the next part, whose computation is queued. Throws Error (internal) if it is
  /// not the next one. Errors are those of GradientAllReduce, except that OutOfMemory becomes Error
  /// (device): the part cannot be repeated, because the other members have begun it.
  void begin(GradientPart part);

  /// Begins the parts that are left and returns when all gradients are summed. All members call
  /// this, even after an error in their work. Throws as `begin` does; the job must then end.
  void finish();

 private:
  void begin_next();

  GradientAllReduce& all_reduce_;
  DeviceSpan<float> gradients_;
  std::vector<GradientPart> const& parts_;
  std::size_t begun_ = 0;
  bool in_progress_ = false;  // parts were begun and not finished
};

}  // namespace moneta
