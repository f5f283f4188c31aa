// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nccl.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "backend/gpu_all_reduce.h"

namespace moneta::cuda {

/// A communicator of NCCL whose calls do not block: NCCL may still work on a call that has
/// returned, so that a member that hangs is noticed. Owned by one thread.
///
/// A failure of NCCL or a passed deadline first aborts the communicator: its kernels then end
/// without the other members, and memory that they use can be freed. Later calls throw Error
/// (device).
class NcclCommunicator {
 public:
  /// The longest time that a call waits for the other members; nothing if it may take any time.
  using Deadline = std::optional<std::chrono::milliseconds>;

  /// Joins the team. Throws Error (device) if NCCL fails or the others have not joined within
  /// `deadline`. `context` is a part of all error texts. This and all other calls call `idle`,
  /// which must outlive the communicator, while they wait.
  NcclCommunicator(GpuTeamMember const& member, std::string context,
                   std::function<void()> const& idle, std::chrono::milliseconds deadline);
  NcclCommunicator(NcclCommunicator const&) = delete;
  NcclCommunicator& operator=(NcclCommunicator const&) = delete;
  /// Leaves the team and waits a few seconds for its other members on this host. While an exception
  /// is thrown, it aborts instead: if this rank fails alone, the others never arrive.
  ~NcclCommunicator();

  ncclComm_t get() const { return communicator_; }
  /// Waits until NCCL has accepted the call that returned `status`, as its next call requires.
  /// Throws Error (device) if NCCL has failed or needs longer than `deadline`, if there is one.
  void settle(ncclResult_t status, char const* call, Deadline deadline);
  /// Throws Error (device) if NCCL has noticed that a member or the network failed during `call`.
  void require_sound(char const* call);
  /// Throws Error (device), "the GPUs of a team have not <done> within ...", if `waited` is longer
  /// than `deadline`.
  void require_in_time(char const* done, std::chrono::nanoseconds waited, Deadline deadline);
  /// Ends all of NCCL's kernels without the other members.
  void abort() noexcept;

 private:
  /// Whether NCCL still works on the last call. Throws Error (device) if it has failed.
  bool is_busy(char const* call);
  /// Throws Error (device) for this status, which is that of a failure. If another member has
  /// failed, it first waits some seconds for its report.
  void fail(ncclResult_t status, char const* call);

  std::string context_;
  std::function<void()> const& idle_;
  ncclComm_t communicator_ = nullptr;  // null after a failure
};

}  // namespace moneta::cuda
