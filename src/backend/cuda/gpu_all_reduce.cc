// SPDX-License-Identifier: Apache-2.0
#include "backend/gpu_all_reduce.h"

#include <bit>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "backend/cuda/handles.h"
#include "backend/cuda/memory.h"
#include "backend/cuda/owns_stream.h"
#include "backend/cuda/versions.h"
#include "backend/require.h"
#include "base/error.h"

namespace moneta {
namespace cuda {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds between_idle{100};
static_assert(sizeof(GpuTeamId) == sizeof(ncclUniqueId));

/// Destroying a communicator waits for the other members on this host. They never arrive if this
/// rank fails alone; then the communicator ends with the process.
struct EndCommunicator {
  void operator()(ncclComm_t communicator) const {
    if (std::uncaught_exceptions() == 0) (void)ncclCommDestroy(communicator);
  }
};
using Communicator = std::unique_ptr<ncclComm, EndCommunicator>;

Communicator join(GpuTeamMember const& member, std::string const& context) {
  ncclComm_t communicator = nullptr;
  MONETA_CUDA(
      ncclCommInitRank(&communicator, static_cast<int>(member.size),
                       std::bit_cast<ncclUniqueId>(member.id), static_cast<int>(member.index)),
      context);
  return Communicator(communicator);
}

class NcclAllReduce : public GradientAllReduce {
 public:
  NcclAllReduce(cudaStream_t stream, GpuTeamMember const& member, std::size_t count,
                std::function<void()> idle)
      : stream_(stream),
        count_(count),
        idle_(std::move(idle)),
        context_(fmt::format("{} floats, member {} of {}", count, member.index + 1, member.size)),
        communicator_(join(member, context_)),
        summed_(make_event()) {}

  std::string description() const override { return fmt::format("NCCL {}", nccl_version()); }

  void sum(DeviceSpan<float> values) override {
    require_size("sum over a team", "values", values.size(), count_);
    MONETA_CUDA(ncclAllReduce(values.data(), values.data(), count_, ncclFloat32, ncclSum,
                              communicator_.get(), stream_),
                context_);
    MONETA_CUDA(cudaEventRecord(summed_, stream_), context_);
    auto next_idle = Clock::now() + between_idle;
    while (!is_summed()) {
      std::this_thread::yield();
      if (Clock::now() < next_idle) continue;
      next_idle = Clock::now() + between_idle;
      idle_();
    }
  }

 private:
  /// Whether the sum is complete. If another member or the network fails, it never will be: NCCL
  /// reports that only when polled and the stream not at all, so waiting for the stream would hang.
  bool is_summed() {
    cudaError_t const status = cudaEventQuery(summed_);
    if (status == cudaSuccess) return true;
    if (status != cudaErrorNotReady) check(status, "cudaEventQuery", context_);
    (void)cudaGetLastError();  // else the next check would report "not ready"
    ncclResult_t state = ncclSuccess;
    MONETA_CUDA(ncclCommGetAsyncError(communicator_.get(), &state), context_);
    if (state == ncclSuccess) return false;
    std::string const context = fmt::format("{}, while it ran", context_);
    (void)ncclCommAbort(communicator_.release());  // frees the stream, so that memory can be freed
    check(state, "ncclAllReduce", context);
    return false;
  }

  cudaStream_t stream_;
  std::size_t count_;
  std::function<void()> idle_;
  std::string context_;
  Communicator communicator_;
  Event summed_;
};

std::size_t free_bytes() {
  std::size_t free = 0, total = 0;
  MONETA_CUDA(cudaMemGetInfo(&free, &total));
  return free;
}

}  // namespace
}  // namespace cuda

GpuTeamId make_gpu_team_id() {
  ncclUniqueId id{};
  MONETA_CUDA(ncclGetUniqueId(&id));
  return std::bit_cast<GpuTeamId>(id);
}

std::unique_ptr<GradientAllReduce> make_gpu_all_reduce(Backend& backend,
                                                       GpuTeamMember const& member,
                                                       std::size_t count,
                                                       std::function<void()> idle) {
  auto* const owner = dynamic_cast<cuda::OwnsStream*>(&backend);
  MONETA_REQUIRE(owner, internal, "NCCL cannot sum arrays of the backend {} (it needs CUDA's)",
                 backend.description());
  std::size_t const before = cuda::free_bytes();
  auto sum = std::make_unique<cuda::NcclAllReduce>(owner->stream(), member, count, std::move(idle));
  {
    // NCCL connects the members and loads its code during the first sum of this size.
    cuda::CudaMemory zeros(count * sizeof(float));
    backend.zero(zeros.data(), zeros.bytes());
    sum->sum(span_of<float>(zeros));
  }
  // Memory that another process took on this GPU meanwhile is counted too: it is not free either.
  std::size_t const after = cuda::free_bytes();
  if (after < before) owner->note_taken(before - after);
  return sum;
}

}  // namespace moneta
