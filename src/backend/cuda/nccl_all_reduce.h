// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "backend/cuda/check.h"
#include "backend/gpus.h"
#include "backend/gradient_all_reduce.h"

namespace moneta::cuda {

/// "2.28.9" of 22809, as NCCL and cuDNN number their versions.
std::string version_text(std::size_t version);
/// That of the NCCL which is loaded.
std::string nccl_version();

/// NCCL's sum on `stream`, which must outlive it. Waits for all members of the team; a sum calls
/// `idle` meanwhile. NCCL takes the last of its memory in the first sum, not here.
std::unique_ptr<GradientAllReduce> make_nccl_all_reduce(cudaStream_t stream,
                                                        GpuTeamMember const& place,
                                                        std::size_t count,
                                                        std::function<void()> idle);

}  // namespace moneta::cuda
