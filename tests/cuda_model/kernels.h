// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "cuda_model/model.h"

namespace cuda_model {

/// What a launch passes: the size of its grid, which has one axis, of its blocks, which have one or
/// two, and pointers to the arguments of the kernel, which are valid only during the call.
struct Launch {
  unsigned blocks = 0, block_width = 0, block_height = 0;
  void** arguments = nullptr;
};

/// Checks the arguments of a kernel of backend/cuda/kernels.cu and copies them into an operation
/// that does the same as the kernel.
using Kernel = Operation (*)(Launch const& launch);

/// The kernel of this demangled signature, or null if the model does not have it.
Kernel find_kernel(std::string const& signature);

/// "Dropper<Bf16>" for "void moneta::cuda::(anonymous
/// namespace)::for_each_kernel<moneta::Dropper<moneta::Bf16> >(...)", "add_loss_kernel" for a
/// kernel that is no template.
std::string short_name(std::string const& signature);

}  // namespace cuda_model
