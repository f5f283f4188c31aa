// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <functional>
#include <vector>

namespace cuda_model {

/// What a library call does with an array of device memory.
enum class Access {
  read,
  write,   ///< replaces all of it
  update,  ///< reads and writes it
  work,    ///< a work space: its contents are meaningless before and after the call
};

struct MemoryUse {
  char const* what;  ///< its name in messages
  void const* data;
  std::size_t bytes;
  Access access;
  std::size_t alignment = 16;  ///< that its address needs
};

/// A library call that runs as two operations of its stream, between which other streams may run.
/// As on a GPU, whose kernels run side by side, what is not ordered by events is then noticed:
/// results are NaN between the operations, inputs must be the same before and after, and two calls
/// that have begun must not use the same memory unless both only read it.
struct SplitCall {
  char const* name;  ///< of the entry point; a literal
  std::vector<MemoryUse> uses;
  std::function<void()> start;   ///< reads the inputs and computes; writes nothing
  std::function<void()> finish;  ///< writes the results
};

/// Requires (misuse) that each array is live device memory of the current device, aligned, and
/// overlaps no other one unless both are only read.
void require_arrays(char const* call, std::vector<MemoryUse> const& uses);

/// Appends the two operations to the stream.
void enqueue_split(cudaStream_t stream, SplitCall call);

}  // namespace cuda_model
