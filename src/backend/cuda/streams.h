// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <vector>

#include "backend/cuda/handles.h"

namespace moneta::cuda {

/// Memory that queued work reads or writes.
struct ByteRange {
  void const* data = nullptr;
  std::size_t bytes = 0;
};

/// The two streams of a backend, each with a cuDNN handle. All calls are queued on the compute
/// stream, except the gradients of weights that LSTM layers compute on the side stream, because no
/// later layer needs them. The streams are ordered by events, the host never waits.
class Streams {
 public:
  Streams();

  /// The compute stream, for work that must follow everything that is queued on both streams.
  cudaStream_t compute() {
    join();
    return compute_;
  }
  /// The same for work that writes only this memory, and reads nothing that work on the side stream
  /// writes: the side stream may still be busy if it does not use any of `written`.
  cudaStream_t compute_writing(std::initializer_list<ByteRange> written);
  cudnnHandle_t compute_cudnn() const { return compute_cudnn_; }

  struct Side {
    cudaStream_t stream;
    cudnnHandle_t cudnn;
  };
  /// The side stream, for work that follows everything that is queued on both streams, and that
  /// reads or writes only `used`.
  Side side(std::initializer_list<ByteRange> used);

  /// Makes another stream wait for everything that is queued on both streams. The compute stream
  /// does not wait.
  void make_wait(cudaStream_t later);

 private:
  void join();

  Stream compute_, side_;
  Cudnn compute_cudnn_, side_cudnn_;
  Event computed_, side_done_;
  std::vector<ByteRange> in_use_;  // by work on the side stream that `compute_` does not wait for
};

}  // namespace moneta::cuda
