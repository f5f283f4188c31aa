// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>

namespace moneta {
namespace {

TEST(ParallelFor, CallsEachNumberOnce) {
  for (std::size_t const threads : {0u, 1u, 3u, 20u}) {
    std::vector<std::atomic<int>> calls(10);
    parallel_for(calls.size(), threads, [&](std::size_t i) { ++calls[i]; });
    for (auto const& each : calls) EXPECT_EQ(each, 1) << threads;
  }
  parallel_for(0, 3, [](std::size_t) { FAIL(); });
}

TEST(ParallelFor, RunsAtMostAsManyAtATime) {
  std::atomic<int> running = 0, most = 0;
  parallel_for(50, 3, [&](std::size_t) {
    int const now = ++running;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::yield();
    --running;
  });
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

TEST(ParallelFor, ThrowsTheExceptionOfTheLowestNumberAndBeginsNoMore) {
  for (std::size_t const threads : {1u, 4u}) {
    std::atomic<int> calls = 0;
    try {
      parallel_for(1'000'000, threads, [&](std::size_t i) {
        ++calls;
        throw std::runtime_error(std::to_string(i));
      });
      ADD_FAILURE() << "no exception";
    } catch (std::runtime_error const& error) {
      EXPECT_STREQ(error.what(), "0");
    }
    EXPECT_LE(calls, static_cast<int>(threads));
  }
}

}  // namespace
}  // namespace moneta
