// SPDX-License-Identifier: Apache-2.0
#include "engine/team_gradient_sum.h"

#include "base/error.h"

namespace moneta {
namespace {

/// Calls `step` of an all-reduce, in which this member cannot start again without the others.
template <class Step>
void without_retry(Step const& step) {
  try {
    step();
  } catch (OutOfMemory const& error) {
    throw Error(
        ErrorKind::device,
        fmt::format(
            "the gradients of the team cannot be summed: {} (the other members have begun the sum, so this one cannot use a smaller plan). Lower device.memory_limit_mib or device.memory_fraction, and resume the run?",
            error.what()));
  }
}

}  // namespace

TeamGradientSum::TeamGradientSum(GradientAllReduce& all_reduce, DeviceSpan<float> gradients,
                                 std::vector<GradientPart> const& parts)
    : all_reduce_(all_reduce), gradients_(gradients), parts_(parts) {}

TeamGradientSum::~TeamGradientSum() {
  if (in_progress_) all_reduce_.abandon();
}

void TeamGradientSum::begin(GradientPart part) {
  MONETA_REQUIRE(begun_ < parts_.size() && parts_[begun_] == part, internal,
                 "part {} of a gradient is [{}, {}) (its parts are planned in another order)",
                 begun_, part.offset, part.offset + part.count);
  begin_next();
}

void TeamGradientSum::finish() {
  while (begun_ < parts_.size()) begin_next();
  without_retry([&] { all_reduce_.finish(gradients_); });
  in_progress_ = false;
}

void TeamGradientSum::begin_next() {
  GradientPart const part = parts_[begun_];
  in_progress_ = true;
  without_retry([&] { all_reduce_.begin(gradients_, part.offset, part.count); });
  ++begun_;
}

}  // namespace moneta
