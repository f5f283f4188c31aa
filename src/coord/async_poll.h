// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <type_traits>
#include <utility>

namespace moneta {

/// Runs `work`, which may block on files, in a thread of its own and returns its result. Until
/// then, calls `poll` in this thread, about every 50 ms. After `poll_limit_s` (0: never) it stops
/// calling `poll`: then a rank whose disk does not respond sends no heartbeats either, and the
/// other ranks notice. Rethrows from either function, after `work` has finished.
template <class Work>
std::invoke_result_t<Work> run_async_while_polling(Work work, double poll_limit_s,
                                                   std::function<void()> const& poll) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds between_polls{50};
  auto const start = Clock::now();
  auto result = std::async(std::launch::async, std::move(work));
  while (result.wait_for(between_polls) != std::future_status::ready) {
    std::chrono::duration<double> const waited = Clock::now() - start;
    if (poll_limit_s == 0 || waited.count() < poll_limit_s) poll();
  }
  return result.get();
}

}  // namespace moneta
