// SPDX-License-Identifier: Apache-2.0
#include "coord/async_poll.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace moneta {
namespace {

using std::chrono::milliseconds;

TEST(RunAsyncWhilePolling, ReturnsTheResultAndPollsUntilThen) {
  std::atomic<int> calls = 0;
  auto const caller = std::this_thread::get_id();
  auto const until_three_calls = [&] {
    while (calls < 3) std::this_thread::sleep_for(milliseconds(1));
    return std::this_thread::get_id() != caller;
  };
  EXPECT_TRUE(run_async_while_polling(until_three_calls, 0, [&] {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    ++calls;
  }));
}

TEST(RunAsyncWhilePolling, StopsPollingAfterTheLimit) {
  int calls = 0;
  run_async_while_polling([] { std::this_thread::sleep_for(milliseconds(600)); }, 0.2,
                          [&] { ++calls; });
  EXPECT_GE(calls, 1);
  EXPECT_LE(calls, 4) << "one in 50 ms, for 0.2 s";
}

TEST(RunAsyncWhilePolling, RethrowsFromTheWork) {
  EXPECT_THROW(run_async_while_polling([]() -> int { throw std::out_of_range("work"); }, 0, [] {}),
               std::out_of_range);
}

TEST(RunAsyncWhilePolling, RethrowsFromThePollAfterTheWork) {
  std::atomic<bool> ended = false;
  auto const work = [&] {
    std::this_thread::sleep_for(milliseconds(200));
    ended = true;
  };
  EXPECT_THROW(run_async_while_polling(work, 0, [] { throw std::out_of_range("poll"); }),
               std::out_of_range);
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace moneta
