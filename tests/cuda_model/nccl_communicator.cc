// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/nccl_communicator.h"

#include <cstring>
#include <mutex>
#include <set>
#include <utility>

#include "cuda_model/model.h"

namespace cuda_model {
namespace {

/// Device memory of a communicator. The real NCCL takes more or less, as its channels need.
constexpr std::size_t library_bytes = std::size_t{24} << 20;
constexpr int not_a_number = 0xFF;  ///< in each byte

thread_local std::string refusal;

struct Communicators {
  std::mutex mutex;
  std::set<ncclComm*> live;
};

Communicators& communicators() {
  static auto* const all = new Communicators;  // it outlives everything that a program destroys
  return *all;
}

/// Copies the values for the other ranks. Until the sum is there, the result is NaN. Returns a
/// digest of what must not change meanwhile.
std::uint64_t begin(Member& member, std::uint64_t number, AllReduce const& call) {
  std::size_t const bytes = call.count * sizeof(float);
  member.team.give(number, call.values, call.count);
  std::memset(call.sum, not_a_number, bytes);
  return digest(call.values, bytes);
}

void end(Member& member, std::uint64_t number, AllReduce const& call, std::uint64_t expected) {
  if (digest(call.values, call.count * sizeof(float)) != expected) {
    misuse("ncclAllReduce", "its array was written while it ran (no event orders the two streams)");
  }
  member.team.take_sum(number, call.sum, call.count);
}

/// Queues an all-reduce in two steps: `begin` runs as soon as no rank needs the values of the
/// all-reduce before it, `end` once all ranks have begun. Neither does anything after an abort.
void launch(AllReduce const& call) {
  auto const member = call.communicator->member;
  auto const expected = std::make_shared<std::uint64_t>();
  std::uint64_t const number = ++call.communicator->launched;
  enqueue_when(
      call.stream, "ncclAllReduce",
      [=] { return member->is_aborted || member->team.can_give(number); },
      [=] {
        if (!member->is_aborted) *expected = begin(*member, number, call);
      });
  enqueue_when(
      call.stream, "ncclAllReduce",
      [=] { return member->is_aborted || member->team.have_all_given(number); },
      [=] {
        if (!member->is_aborted) end(*member, number, call, *expected);
      });
}

}  // namespace

Member::~Member() {
  if (has_memory) release_library_memory(device, library_bytes);
}

ncclResult_t refuse(ncclResult_t status, std::string const& why) {
  refusal = why;
  return status;
}

char const* last_refusal() { return refusal.c_str(); }

std::unique_ptr<ncclComm> join(NcclTeam::Id const& id, int size, int rank, bool is_blocking) {
  auto communicator = std::make_unique<ncclComm>();
  communicator->is_blocking = is_blocking;
  communicator->member = std::make_shared<Member>(id, size, rank, current_device());
  return communicator;
}

ncclComm* publish(std::unique_ptr<ncclComm> communicator) {
  count("NCCL communicators opened");
  std::lock_guard const lock(communicators().mutex);
  communicators().live.insert(communicator.get());
  return communicator.release();
}

bool is_communicator(char const* call, ncclComm* communicator) {
  if (communicator == nullptr) return false;
  std::lock_guard const lock(communicators().mutex);
  if (!communicators().live.contains(communicator)) misuse(call, "the communicator does not exist");
  return true;
}

void close(ncclComm* communicator) {
  {
    std::lock_guard const lock(communicators().mutex);
    communicators().live.erase(communicator);
  }
  count("NCCL communicators closed");
  delete communicator;
}

void launch_deferred(ncclComm& communicator) {
  std::vector<AllReduce> calls;
  calls.swap(communicator.deferred);
  for (AllReduce const& call : calls) launch(call);
}

ncclResult_t launch_or_defer(AllReduce const& call) {
  ncclComm* const communicator = call.communicator;
  if (communicator->is_blocking || random_number() % 2 == 0) {
    launch_deferred(*communicator);
    launch(call);
    return ncclSuccess;
  }
  communicator->deferred.push_back(call);
  return ncclInProgress;
}

ncclResult_t connect(ncclComm& communicator) {
  NcclTeam const& team = communicator.member->team;
  if (!team.is_complete()) {
    auto const lost = team.lost_rank(0);
    if (!lost) return ncclInProgress;
    return refuse(ncclRemoteError, "rank " + std::to_string(*lost) + " ended while it connected");
  }
  if (auto const same = team.ranks_on_one_device()) {
    return refuse(ncclInvalidUsage, "Duplicate GPU detected : rank " + std::to_string(same->first) +
                                        " and rank " + std::to_string(same->second) +
                                        " both on CUDA device " +
                                        std::to_string(communicator.member->device));
  }
  Member& member = *communicator.member;
  member.has_memory = take_library_memory(member.device, library_bytes);
  if (!member.has_memory) return refuse(ncclUnhandledCudaError, "Cuda failure 2 'out of memory'");
  communicator.is_connected = true;
  return ncclSuccess;
}

ncclResult_t state_of(ncclComm& communicator) {
  if (communicator.error != ncclSuccess) return communicator.error;
  if (!communicator.is_connected) {
    ncclResult_t const status = connect(communicator);
    if (status != ncclInProgress) communicator.error = status;
    return status;
  }
  launch_deferred(communicator);
  if (auto const lost = communicator.member->team.lost_rank(communicator.launched)) {
    communicator.error = refuse(ncclRemoteError, "rank " + std::to_string(*lost) + " has ended");
  }
  return communicator.error;
}

}  // namespace cuda_model
