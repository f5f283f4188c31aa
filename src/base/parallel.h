// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace moneta {

/// Calls work(0) ... work(count - 1), each once, begun in this order, at most `threads` of them at
/// a time; the calling thread is one of them. If calls throw, no further ones begin, and the
/// exception of the one with the lowest number is thrown when all threads have ended.
template <class Work>
void parallel_for(std::size_t count, std::size_t threads, Work const& work) {
  std::mutex mutex;
  std::size_t next = 0, failed = count;
  std::exception_ptr failure;
  auto const run = [&] {
    for (;;) {
      std::size_t i = 0;
      {
        std::lock_guard const lock(mutex);
        if (next >= count || failure) return;
        i = next++;
      }
      try {
        work(i);
      } catch (...) {
        std::lock_guard const lock(mutex);
        if (i < failed) failure = std::current_exception();
        failed = std::min(failed, i);
      }
    }
  };
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < std::min(threads, count); ++t) others.emplace_back(run);
  run();
  for (auto& thread : others) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace moneta
