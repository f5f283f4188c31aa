// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <omp.h>

#include <cstddef>

#include "backend/cpu/denormals.h"

namespace moneta::cpu {

/// Lets the calling thread's OpenMP regions, those of libraries too, use `threads` threads that
/// flush denormals while it lives. oneDNN sizes its buffers by the number of threads, so it must
/// not change between calls.
class ThreadCount {
 public:
  explicit ThreadCount(std::size_t threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(static_cast<int>(threads));
    // OpenMP's own threads keep the mode, nothing else runs there; the caller gets its own back.
#pragma omp parallel
    if (omp_get_thread_num() > 0) FlushDenormals::for_good();
  }
  ThreadCount(ThreadCount const&) = delete;
  ThreadCount& operator=(ThreadCount const&) = delete;
  ~ThreadCount() { omp_set_num_threads(before_); }

 private:
  FlushDenormals flush_;
  int before_;
};

}  // namespace moneta::cpu
