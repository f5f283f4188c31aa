// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/plan.h"

/// The human-readable explanation of a plan.
namespace moneta::plan_text {

/// Why the micro-batch is not larger.
std::string reason(PlanRequest const& request, std::size_t micro_batch,
                   MemoryOptions const& options);

/// Plan::lines and Plan::host_lines of a plan whose batches and memory options are set.
std::vector<PlanLine> device_lines(PlanRequest const& request, Plan const& plan);
std::vector<PlanLine> host_lines(PlanRequest const& request, Plan const& plan);

/// Throws the Error (device) for `choices` of which none fits. It describes the one that is closest
/// to fitting.
[[noreturn]] void throw_does_not_fit(PlanRequest const& request,
                                     std::vector<PlanChoice> const& choices);

}  // namespace moneta::plan_text
