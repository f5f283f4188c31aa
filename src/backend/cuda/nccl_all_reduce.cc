// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/nccl_all_reduce.h"

#include <bit>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "backend/cuda/handles.h"
#include "backend/require.h"
#include "base/error.h"

namespace moneta {
namespace cuda {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds between_idle{100};
static_assert(sizeof(GpuTeamId) == sizeof(ncclUniqueId));

/// Ending a communicator waits for the other members on this machine. They do not come if this rank
/// fails alone: then its communicator ends with the process.
struct EndCommunicator {
  void operator()(ncclComm_t communicator) const {
    if (std::uncaught_exceptions() == 0) (void)ncclCommDestroy(communicator);
  }
};
using Communicator = std::unique_ptr<ncclComm, EndCommunicator>;

Communicator join(GpuTeamMember const& place, std::string const& context) {
  ncclComm_t communicator = nullptr;
  MONETA_CUDA(
      ncclCommInitRank(&communicator, static_cast<int>(place.size),
                       std::bit_cast<ncclUniqueId>(place.id), static_cast<int>(place.index)),
      context);
  return Communicator(communicator);
}

class NcclAllReduce : public GradientAllReduce {
 public:
  NcclAllReduce(cudaStream_t stream, GpuTeamMember const& place, std::size_t count,
                std::function<void()> idle)
      : stream_(stream),
        count_(count),
        idle_(std::move(idle)),
        context_(fmt::format("{} floats, member {} of {}", count, place.index + 1, place.size)),
        communicator_(join(place, context_)),
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
  /// Whether the sum is done. If another member or the network fails it never will be: NCCL tells
  /// so only when asked, and the stream not at all, so a wait for the stream would not end.
  bool is_summed() {
    cudaError_t const status = cudaEventQuery(summed_);
    if (status == cudaSuccess) return true;
    if (status != cudaErrorNotReady) check(status, "cudaEventQuery", context_);
    (void)cudaGetLastError();  // else the next check would report "not ready"
    ncclResult_t state = ncclSuccess;
    MONETA_CUDA(ncclCommGetAsyncError(communicator_.get(), &state), context_);
    if (state == ncclSuccess) return false;
    std::string const reason = fmt::format("{}, while it ran", context_);
    (void)ncclCommAbort(communicator_.release());  // frees the stream, and so memory can be freed
    check(state, "ncclAllReduce", reason);
    return false;
  }

  cudaStream_t stream_;
  std::size_t count_;
  std::function<void()> idle_;
  std::string context_;
  Communicator communicator_;
  Event summed_;
};

}  // namespace

std::string version_text(std::size_t version) {
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

std::string nccl_version() {
  int version = 0;
  MONETA_CUDA(ncclGetVersion(&version));
  return version_text(static_cast<std::size_t>(version));
}

std::unique_ptr<GradientAllReduce> make_nccl_all_reduce(cudaStream_t stream,
                                                        GpuTeamMember const& place,
                                                        std::size_t count,
                                                        std::function<void()> idle) {
  return std::make_unique<NcclAllReduce>(stream, place, count, std::move(idle));
}

}  // namespace cuda

GpuTeamId make_gpu_team_id() {
  ncclUniqueId id{};
  MONETA_CUDA(ncclGetUniqueId(&id));
  return std::bit_cast<GpuTeamId>(id);
}

}  // namespace moneta
