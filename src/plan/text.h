// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

/// A plan in words.
namespace moneta::plan_text {

/// Why not a larger micro-batch.
std::string reason(PlanRequest const& request, std::size_t micro_batch,
                   MemoryOptions const& memory_options);

/// The tables of the device's and of the host's memory; plan.lines, plan.host_lines.
std::vector<PlanLine> device_lines(PlanRequest const& request, Plan const& plan);
std::vector<PlanLine> host_lines(PlanRequest const& request, Plan const& plan);

/// Throws Error (device): none of the choices fits.
[[noreturn]] void refuse(PlanRequest const& request, std::vector<PlanChoice> const& choices);

}  // namespace moneta::plan_text
