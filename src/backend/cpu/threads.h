// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <omp.h>

#include <cstddef>

namespace moneta::cpu {

/// Lets the calling thread's OpenMP regions, those of libraries too, use `threads` threads while
/// it lives. oneDNN sizes its buffers by this number, so it must not change between calls.
class ThreadCount {
 public:
  explicit ThreadCount(std::size_t threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(static_cast<int>(threads));
  }
  ThreadCount(ThreadCount const&) = delete;
  ThreadCount& operator=(ThreadCount const&) = delete;
  ~ThreadCount() { omp_set_num_threads(before_); }

 private:
  int before_;
};

}  // namespace moneta::cpu
