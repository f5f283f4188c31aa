// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nccl.h>

#include <chrono>
#include <functional>
#include <string>

#include "backend/gpu_all_reduce.h"

namespace moneta::cuda {

/// A communicator of NCCL whose calls do not block: NCCL may still work on a call that has
/// returned, so that a member that hangs is noticed. Owned by one thread.
class NcclCommunicator {
 public:
  /// Joins the team. Calls `idle` while it waits; throws Error (device) if NCCL fails or the others
  /// have not joined within `deadline`. `context` is a part of all error texts.
  NcclCommunicator(GpuTeamMember const& member, std::string context,
                   std::function<void()> const& idle, std::chrono::milliseconds deadline);
  NcclCommunicator(NcclCommunicator const&) = delete;
  NcclCommunicator& operator=(NcclCommunicator const&) = delete;
  /// Leaves the team and waits a few seconds for its other members on this host; they never arrive
  /// if this rank fails alone, and then the communicator ends with the process.
  ~NcclCommunicator();

  ncclComm_t get() const { return communicator_; }
  /// Waits until NCCL has accepted the call that returned `status`, as its next call requires.
  void settle(ncclResult_t status, char const* call, std::function<void()> const& idle);
  /// Throws Error (device) if NCCL has noticed that a member or the network failed during `call`.
  void require_sound(char const* call);

 private:
  /// Whether NCCL still works on the last call. Throws Error (device) if it has failed.
  bool is_busy(char const* call);
  /// Throws Error (device) for this status, which is that of a failure.
  void fail(ncclResult_t status, char const* call);

  std::string context_;
  ncclComm_t communicator_ = nullptr;  // null after a failure
};

}  // namespace moneta::cuda
