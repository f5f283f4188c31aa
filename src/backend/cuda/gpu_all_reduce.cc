// SPDX-License-Identifier: Apache-2.0
#include "backend/gpu_all_reduce.h"

#include <algorithm>
#include <bit>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "backend/cuda/backoff.h"
#include "backend/cuda/handles.h"
#include "backend/cuda/memory.h"
#include "backend/cuda/nccl_communicator.h"
#include "backend/cuda/owns_stream.h"
#include "backend/cuda/versions.h"
#include "backend/require.h"
#include "base/error.h"

namespace moneta {
namespace cuda {
namespace {

/// The parts between the given ones, which do not overlap.
std::vector<GradientPart> gaps_between(std::vector<GradientPart> parts, std::size_t count) {
  std::sort(parts.begin(), parts.end(),
            [](GradientPart const& a, GradientPart const& b) { return a.offset < b.offset; });
  std::vector<GradientPart> gaps;
  std::size_t end = 0;
  for (GradientPart const& part : parts) {
    if (part.offset > end) gaps.push_back({end, part.offset - end});
    end = part.offset + part.count;
  }
  if (end < count) gaps.push_back({end, count - end});
  return gaps;
}

class NcclAllReduce : public GradientAllReduce {
 public:
  NcclAllReduce(Streams& streams, GpuTeamMember const& member, std::size_t count,
                std::function<void()> idle, std::chrono::milliseconds deadline)
      : streams_(streams),
        count_(count),
        idle_(std::move(idle)),
        context_(fmt::format("{} floats, member {} of {}", count, member.index + 1, member.size)),
        sums_(make_stream()),
        communicator_(member, context_, idle_, deadline),
        summed_(make_event()) {}
  NcclAllReduce(NcclAllReduce const&) = delete;
  NcclAllReduce& operator=(NcclAllReduce const&) = delete;
  /// Waits, because the owner may free the memory afterwards; not if a member is missing.
  ~NcclAllReduce() override {
    if (std::uncaught_exceptions() > 0) {
      communicator_.abort();
    } else {
      (void)cudaStreamSynchronize(sums_);
    }
  }

  std::string description() const override { return fmt::format("NCCL {}", nccl_version()); }

  void sum(DeviceSpan<float> values) override { finish(values); }

  void begin(DeviceSpan<float> values, std::size_t offset, std::size_t count) override {
    require_size("sum over a team", "values", values.size(), count_);
    MONETA_REQUIRE(offset + count <= count_, internal,
                   "sum over a team of the elements {} to {} (there are {})", offset,
                   offset + count, count_);
    if (count == 0) return;
    or_abandon([&] {
      streams_.make_wait(sums_);
      queue(values, {offset, count});
      begun_.push_back({offset, count});
    });
  }

  void finish(DeviceSpan<float> values) override {
    require_size("sum over a team", "values", values.size(), count_);
    or_abandon([&] {
      streams_.make_wait(sums_);
      for (GradientPart const& part : gaps_between(std::exchange(begun_, {}), count_)) {
        queue(values, part);
      }
      MONETA_CUDA(cudaEventRecord(summed_, sums_), context_);
      MONETA_CUDA(cudaStreamWaitEvent(streams_.compute(), summed_, 0), context_);
      Backoff backoff(idle_);
      while (!is_summed()) {
        communicator_.require_in_time("finished their first sums", backoff.waited(), deadline_);
        backoff.wait();
      }
    });
  }

  void abandon() noexcept override {
    communicator_.abort();
    begun_.clear();
  }

  /// Sums `values` in these parts and waits for the other members no longer than the deadline.
  void sum_first(DeviceSpan<float> values, std::vector<GradientPart> const& parts,
                 std::chrono::milliseconds deadline) {
    deadline_ = deadline;
    for (GradientPart const& part : parts) begin(values, part.offset, part.count);
    finish(values);
    deadline_.reset();
  }

 private:
  /// Calls `work`. If it throws, no sum stays on the GPU: freeing memory would wait for it, and the
  /// error would not be reported.
  template <class Work>
  void or_abandon(Work const& work) {
    try {
      work();
    } catch (...) {
      abandon();
      throw;
    }
  }

  void queue(DeviceSpan<float> values, GradientPart part) {
    float* const at = values.data() + part.offset;
    communicator_.settle(
        ncclAllReduce(at, at, part.count, ncclFloat32, ncclSum, communicator_.get(), sums_),
        "ncclAllReduce", deadline_);
  }

  /// Whether the sum is complete. If another member or the network fails, it never will be: NCCL
  /// reports that only when polled and the stream not at all, so waiting for the stream would hang.
  bool is_summed() {
    cudaError_t const status = cudaEventQuery(summed_);
    if (status == cudaSuccess) return true;
    if (status != cudaErrorNotReady) check(status, "cudaEventQuery", context_);
    (void)cudaGetLastError();  // else the next check would report "not ready"
    communicator_.require_sound("ncclAllReduce");
    return false;
  }

  Streams& streams_;
  std::size_t count_;
  std::function<void()> idle_;
  std::string context_;
  Stream sums_;
  NcclCommunicator communicator_;
  Event summed_;
  std::vector<GradientPart> begun_;      // since the last `finish`
  NcclCommunicator::Deadline deadline_;  // of the first sums
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
  static_assert(sizeof(GpuTeamId) == sizeof id);
  MONETA_CUDA(ncclGetUniqueId(&id));
  return std::bit_cast<GpuTeamId>(id);
}

std::unique_ptr<GradientAllReduce> make_gpu_all_reduce(Backend& backend,
                                                       GpuTeamMember const& member,
                                                       std::vector<GradientPart> const& parts,
                                                       std::function<void()> idle,
                                                       std::chrono::milliseconds deadline) {
  auto* const owner = dynamic_cast<cuda::OwnsStream*>(&backend);
  MONETA_REQUIRE(owner, internal, "NCCL cannot sum arrays of the backend {} (it needs CUDA's)",
                 backend.description());
  std::size_t count = 0;
  for (GradientPart const& part : parts) count += part.count;
  // Allocated before the members are connected: then a shortage of memory does not let them wait.
  cuda::CudaMemory zeros(count * sizeof(float));
  backend.zero(zeros.data(), zeros.bytes());
  std::size_t const before = cuda::free_bytes();
  auto sum = std::make_unique<cuda::NcclAllReduce>(owner->streams(), member, count, std::move(idle),
                                                   deadline);
  sum->sum_first(span_of<float>(zeros), parts, deadline);
  // Memory that another process took on this GPU meanwhile is counted too: it is not free either.
  std::size_t const after = cuda::free_bytes();
  if (after < before) owner->note_taken(before - after);
  return sum;
}

}  // namespace moneta
