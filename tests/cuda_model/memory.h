// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <vector>

#include "cuda_model/report.h"

/// Device memory, which only operations can access.
///
/// Device memory lies in a range of addresses that are reserved once and never used twice. The host
/// cannot access it: its pages are closed. When an operation touches a live allocation, the fault
/// handler opens its pages around the access; they are closed again before the host goes on. All
/// other accesses, to freed memory or outside an allocation, end the process with status 99. (Only
/// the access of a thread to an allocation that an operation uses on another thread stays
/// unnoticed.) An allocation ends at the end of a page, except for up to 255 bytes that its
/// alignment of 256 leaves; what is left of its first and last page holds a pattern, which is
/// checked when its pages are closed. New memory is filled with 0xFF bytes: not-a-numbers in every
/// float format.
namespace cuda_model {

cudaError_t allocate_device(int device, std::size_t bytes, void** pointer);
/// Misuse unless the pointer came from allocate_device for this device and is live. All work of the
/// device must have run.
void free_device(int device, void* pointer);

/// The device of the live allocation that contains the range; misuse otherwise.
int device_of_memory(char const* call, char const* what, void const* pointer, std::size_t bytes);

/// While this lives, the thread can access device memory.
class OperationScope {
 public:
  /// `device`: the only one whose memory may be touched; any_device for copies.
  OperationScope(char const* call, int device);
  OperationScope(OperationScope const&) = delete;
  OperationScope& operator=(OperationScope const&) = delete;
  ~OperationScope();
  static constexpr int any_device = -1;
};

/// Closes what operations opened and checks the patterns around it. To be called before the host
/// goes on after operations.
void close_device_memory();

std::vector<Leak> leaked_memory();

}  // namespace cuda_model
