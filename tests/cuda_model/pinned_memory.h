// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <vector>

#include "cuda_model/report.h"

/// Pinned host memory. It is followed by a page that nothing can access, and what is left of its
/// last page holds a pattern that is checked when it is freed. New memory is filled with 0xFF
/// bytes.
namespace cuda_model {

cudaError_t allocate_pinned(std::size_t bytes, void** pointer);
void free_pinned(void* pointer);
/// The size of the pinned allocation that begins there; misuse if there is none.
std::size_t pinned_bytes(char const* call, void const* pointer);
/// Whether the range is pinned; misuse if only a part of it is.
bool is_pinned(char const* call, void const* pointer, std::size_t bytes);

std::vector<Leak> leaked_pinned_memory();

}  // namespace cuda_model
