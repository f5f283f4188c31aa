// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/nccl_communicator.h"

#include <bit>
#include <exception>
#include <utility>

#include "backend/cuda/backoff.h"
#include "backend/cuda/check.h"
#include "base/error.h"

namespace moneta::cuda {

NcclCommunicator::NcclCommunicator(GpuTeamMember const& member, std::string context,
                                   std::function<void()> const& idle,
                                   std::chrono::milliseconds deadline)
    : context_(std::move(context)), idle_(idle) {
  char const* const call = "ncclCommInitRankConfig";
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  ncclResult_t const status = ncclCommInitRankConfig(&communicator_, static_cast<int>(member.size),
                                                     std::bit_cast<ncclUniqueId>(member.id),
                                                     static_cast<int>(member.index), &config);
  if (status != ncclSuccess && status != ncclInProgress) fail(status, call);
  try {
    Backoff backoff(idle);
    while (is_busy(call)) {
      require_in_time("found each other", backoff.waited(), deadline);
      backoff.wait();
    }
  } catch (...) {
    abort();  // the destructor does not run
    throw;
  }
}

NcclCommunicator::~NcclCommunicator() {
  constexpr std::chrono::seconds patience{5};
  if (communicator_ == nullptr) return;
  if (std::uncaught_exceptions() > 0) {
    abort();
    return;
  }
  ncclResult_t state = ncclCommFinalize(communicator_);
  std::function<void()> const nothing = [] {};
  Backoff backoff(nothing);
  while (state == ncclInProgress && backoff.waited() < patience) {
    backoff.wait();
    if (ncclCommGetAsyncError(communicator_, &state) != ncclSuccess) break;
  }
  if (state == ncclSuccess) {
    (void)ncclCommDestroy(communicator_);
  } else {
    abort();
  }
}

void NcclCommunicator::settle(ncclResult_t status, char const* call, Deadline deadline) {
  if (status != ncclSuccess && status != ncclInProgress) fail(status, call);
  Backoff backoff(idle_);
  while (is_busy(call)) {
    require_in_time("begun their first sums", backoff.waited(), deadline);
    backoff.wait();
  }
}

void NcclCommunicator::require_sound(char const* call) { (void)is_busy(call); }

void NcclCommunicator::require_in_time(char const* done, std::chrono::nanoseconds waited,
                                       Deadline deadline) {
  if (!deadline || waited <= *deadline) return;
  abort();
  throw Error(
      ErrorKind::device,
      fmt::format(
          "the GPUs of a team have not {} within {:g} s ({}). Check that all of its ranks run, and "
          "the network between the hosts; set NCCL_DEBUG=INFO for details, or start one rank per "
          "coin?",
          done, std::chrono::duration<double>(*deadline).count(), context_));
}

void NcclCommunicator::abort() noexcept {
  if (communicator_ != nullptr) (void)ncclCommAbort(std::exchange(communicator_, nullptr));
}

bool NcclCommunicator::is_busy(char const* call) {
  ncclResult_t state = ncclSuccess;
  ncclResult_t const status = ncclCommGetAsyncError(communicator_, &state);
  if (status != ncclSuccess) fail(status, "ncclCommGetAsyncError");
  if (state != ncclSuccess && state != ncclInProgress) fail(state, call);
  return state == ncclInProgress;
}

void NcclCommunicator::fail(ncclResult_t status, char const* call) {
  constexpr std::chrono::seconds time_for_cause{5};
  abort();
  if (status == ncclRemoteError) {
    // Another member failed first. Its report, which tells why, ends the job if it arrives in time.
    Backoff backoff(idle_);
    while (backoff.waited() < time_for_cause) backoff.wait();
  }
  check(status, call, context_);
}

}  // namespace moneta::cuda
