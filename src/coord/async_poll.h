// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <type_traits>
#include <utility>

namespace moneta {

/// The result of `work`, which waits for files and so runs in a thread of its own; `meanwhile` is
/// called here all the time. After `patience_s` (0: never) it is no longer called: a rank whose
/// disk does not answer gives no sign of life either, so that the others notice. What either throws
/// is thrown, in any case after `work` has ended.
template <class Work>
std::invoke_result_t<Work> run_async_while_polling(Work work, double patience_s,
                                                   std::function<void()> const& meanwhile) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds between_calls{50};
  auto const start = Clock::now();
  auto result = std::async(std::launch::async, std::move(work));
  while (result.wait_for(between_calls) != std::future_status::ready) {
    std::chrono::duration<double> const waited = Clock::now() - start;
    if (patience_s == 0 || waited.count() < patience_s) meanwhile();
  }
  return result.get();
}

}  // namespace moneta
