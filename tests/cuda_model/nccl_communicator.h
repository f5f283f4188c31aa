// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nccl.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cuda_model/nccl_team.h"

/// Communicators of NCCL, and the all-reduces that are launched on them.
namespace cuda_model {

/// What the streams need of a communicator, even after it has been destroyed.
struct Member {
  Member(NcclTeam::Id const& id, int size, int rank, int device_number)
      : device(device_number), team(id, size, rank, device_number) {}
  Member(Member const&) = delete;
  Member& operator=(Member const&) = delete;
  ~Member();

  int const device;
  NcclTeam team;
  bool has_memory = false;  ///< see take_library_memory
  std::atomic<bool> is_aborted = false;
};

/// An all-reduce that has been called.
struct AllReduce {
  ncclComm* communicator;
  float const* values;
  float* sum;
  std::size_t count;
  cudaStream_t stream;
};

}  // namespace cuda_model

/// The type behind ncclComm_t.
struct ncclComm {
  std::shared_ptr<cuda_model::Member> member;
  bool is_blocking = true;
  bool is_connected = false;  ///< all ranks have joined, on different devices
  ncclResult_t error = ncclSuccess;
  std::uint64_t launched = 0;                   ///< all-reduces in a stream
  std::vector<cuda_model::AllReduce> deferred;  ///< called, but not in a stream yet
};

namespace cuda_model {

/// Joins a team with the current device. Throws like the constructor of NcclTeam.
std::unique_ptr<ncclComm> join(NcclTeam::Id const& id, int size, int rank, bool is_blocking);

/// Makes a communicator that was joined one of this process.
ncclComm* publish(std::unique_ptr<ncclComm> communicator);

/// Whether it is a communicator of this process; misuse if it was destroyed before. NULL is none.
bool is_communicator(char const* call, ncclComm* communicator);

/// Deletes it. What is in streams runs nevertheless.
void close(ncclComm* communicator);

/// Goes on with connecting, without waiting: in progress, success, or why it failed.
ncclResult_t connect(ncclComm& communicator);

/// The state that ncclCommGetAsyncError reports: connects, launches what was deferred, and notices
/// ranks that have ended. An error stays.
ncclResult_t state_of(ncclComm& communicator);

/// Launches now or, if the communicator does not block, perhaps only when the caller asks for its
/// state: until then, nothing may be queued that needs the sum.
ncclResult_t launch_or_defer(AllReduce const& call);
void launch_deferred(ncclComm& communicator);

/// Stores why a call of this thread fails, for ncclGetLastError, and returns the status.
ncclResult_t refuse(ncclResult_t status, std::string const& why);
char const* last_refusal();

}  // namespace cuda_model
