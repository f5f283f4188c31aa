// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "backend/backend.h"
#include "backend/gradient_all_reduce.h"
#include "comm/team.h"

namespace moneta {

/// How this team sums gradients of `count` parameters: with NCCL where every member computes on a
/// GPU of its own, else through the host's memory. `gpu` is the gpu_identity of this member's,
/// empty for the CPU. All members call it together, before the memory plan is made: NCCL takes
/// memory. Team and backend must outlive it. Throws Error (device), perhaps on one member alone:
/// the others then wait for ever, so the job must end.
std::unique_ptr<GradientAllReduce> make_gradient_all_reduce(Team& team, Backend& backend,
                                                            std::string const& gpu,
                                                            std::size_t count);

/// Sums through the host's memory with Team::sum, on every device; nothing to do in a team of one.
std::unique_ptr<GradientAllReduce> make_host_all_reduce(Team& team, Backend& backend,
                                                        std::size_t count);

}  // namespace moneta
