// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/gradient_all_reduce.h"
#include "comm/team.h"
#include "model/forecaster.h"

namespace moneta {

/// The all-reduce with which a team sums gradients that become complete in these parts, of which
/// there is at least one: with NCCL if every member uses a GPU of its own, or else through host
/// memory. With NCCL, each part is summed once here; see make_gpu_all_reduce. `gpu` is the
/// gpu_identity of this member, empty for the CPU. All members of the team must call this, and
/// before they plan their memory, because NCCL allocates device memory. `team` and `backend` must
/// outlive the result. While a member waits for the others, it calls Team::idle.
///
/// Throws OutOfMemory on all members if one of them does not have memory for the array with which
/// NCCL is tested. Throws Error (device), possibly on one member only; the others then wait until
/// NCCL notices it or gpu_team_deadline has passed, so the job must end.
std::unique_ptr<GradientAllReduce> make_gradient_all_reduce(Team& team, Backend& backend,
                                                            std::string const& gpu,
                                                            std::vector<GradientPart> const& parts);

/// The all-reduce through host memory, which works on every device; a team of one does nothing.
std::unique_ptr<GradientAllReduce> make_host_all_reduce(Team& team, Backend& backend,
                                                        std::size_t count);

}  // namespace moneta
