// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

namespace moneta {

/// Milliseconds since 1970-01-01 UTC.
using ClockMs = std::function<std::int64_t()>;
std::int64_t system_clock_ms();

/// Seconds since some moment in the past, the same for the whole process, which go on evenly when
/// the wall clock is moved.
double steady_clock_s();

}  // namespace moneta
