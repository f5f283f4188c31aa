// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/streams.h"

#include <algorithm>
#include <cstdint>

namespace moneta::cuda {
namespace {

bool overlap(ByteRange const& a, ByteRange const& b) {
  auto const first = reinterpret_cast<std::uintptr_t>(a.data);
  auto const second = reinterpret_cast<std::uintptr_t>(b.data);
  return first < second + b.bytes && second < first + a.bytes;
}

/// Makes `later` wait for the work that is now queued on `first`. The event can be reused at once:
/// a wait refers to the record that precedes it.
void order(cudaStream_t first, cudaStream_t later, cudaEvent_t event) {
  MONETA_CUDA(cudaEventRecord(event, first));
  MONETA_CUDA(cudaStreamWaitEvent(later, event, 0));
}

}  // namespace

Streams::Streams()
    : compute_(make_stream()),
      side_(make_stream()),
      compute_cudnn_(make_cudnn(compute_)),
      side_cudnn_(make_cudnn(side_)),
      computed_(make_event()),
      side_done_(make_event()) {}

cudaStream_t Streams::compute_writing(std::initializer_list<ByteRange> written) {
  bool const must_wait = std::any_of(written.begin(), written.end(), [&](ByteRange const& range) {
    return std::any_of(in_use_.begin(), in_use_.end(),
                       [&](ByteRange const& used) { return overlap(range, used); });
  });
  if (must_wait) join();
  return compute_;
}

Streams::Side Streams::side(std::initializer_list<ByteRange> used) {
  order(compute_, side_, computed_);
  in_use_.insert(in_use_.end(), used.begin(), used.end());
  return {side_, side_cudnn_};
}

void Streams::make_wait(cudaStream_t later) {
  order(compute_, later, computed_);
  if (!in_use_.empty()) order(side_, later, side_done_);
}

void Streams::join() {
  if (in_use_.empty()) return;
  order(side_, compute_, side_done_);
  in_use_.clear();
}

}  // namespace moneta::cuda
