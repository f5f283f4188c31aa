// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

namespace moneta {

/// Returns milliseconds since 1970-01-01 UTC; tests pass a clock of their own.
using ClockMs = std::function<std::int64_t()>;

/// The wall clock, in milliseconds since 1970-01-01 UTC.
std::int64_t system_clock_ms();

/// The wall clock, in whole seconds since 1970-01-01 UTC.
std::int64_t now_s();

/// Seconds since an unspecified moment, the same one for the whole process. Setting the wall clock
/// does not affect it.
double steady_clock_s();

}  // namespace moneta
