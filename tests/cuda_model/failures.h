// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cuda_model {

/// Whether the kernel launch that begins now must fault (CUDA_MODEL_FAULT=N: the N-th of the
/// process).
bool is_faulting_launch();

}  // namespace cuda_model
