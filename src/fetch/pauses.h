// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "fetch/exchange.h"

namespace moneta {

/// When the next request may be sent, whatever coin it is for. Times are those of one monotonic
/// clock, in seconds.
class RequestBudget {
 public:
  /// No request is sent until `pause_s` after `now_s`. Pauses do not add up.
  void pause(double now_s, double pause_s) { next_s_ = std::max(next_s_, now_s + pause_s); }
  /// The time to wait; 0 if a request may be sent.
  double wait_s(double now_s) const { return std::max(0.0, next_s_ - now_s); }

 private:
  double next_s_ = 0;
};

/// The pause after the failed attempt with this number, which counts from 1: half a second to
/// begin with, doubled each time, at most 30 s. `random` from 0 to 1 shortens it by up to a half,
/// so that several programs do not try again at the same time.
double backoff_s(std::size_t attempt, double random);

/// The pause that a server asks for with the header Retry-After, as seconds or as a date; nothing
/// without a valid header. `date_s` is the server's clock.
std::optional<double> retry_after_s(HttpHeaders const& headers, std::int64_t date_s);

}  // namespace moneta
