// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace moneta::cuda {

/// The pauses of a loop that polls: short ones at first, because most waits are short; then 50 us,
/// which leave the core to other threads. Calls `idle` every 100 ms.
class Backoff {
 public:
  explicit Backoff(std::function<void()> const& idle)
      : idle_(idle), start_(Clock::now()), next_idle_(start_ + between_idle) {}

  std::chrono::nanoseconds waited() const { return Clock::now() - start_; }

  void wait() {
    auto const now = Clock::now();
    if (now >= next_idle_) {
      next_idle_ = now + between_idle;
      idle_();
    }
    if (now - start_ < std::chrono::milliseconds(1)) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds between_idle{100};

  std::function<void()> const& idle_;
  Clock::time_point start_, next_idle_;
};

}  // namespace moneta::cuda
