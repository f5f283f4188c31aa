// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <omp.h>

#include <cstddef>

#include "backend/cpu/denormals.h"

namespace moneta::cpu {

/// For its lifetime, the OpenMP regions of the calling thread, including those of libraries, use
/// `threads` threads that flush denormals. oneDNN sizes its buffers by the number of threads, which
/// therefore must not change between calls.
class ThreadCount {
 public:
  explicit ThreadCount(std::size_t threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(static_cast<int>(threads));
    // Only OpenMP regions run on worker threads, so these keep the mode; the caller's is restored.
#pragma omp parallel
    if (omp_get_thread_num() > 0) FlushDenormals::in_this_thread();
  }
  ThreadCount(ThreadCount const&) = delete;
  ThreadCount& operator=(ThreadCount const&) = delete;
  ~ThreadCount() { omp_set_num_threads(before_); }

 private:
  FlushDenormals flush_;
  int before_;
};

}  // namespace moneta::cpu
