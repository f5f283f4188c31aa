// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <chrono>

namespace moneta {
namespace {

namespace chrono = std::chrono;

template <class Unit>
std::int64_t since_1970() {
  return chrono::floor<Unit>(chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::int64_t system_clock_ms() { return since_1970<chrono::milliseconds>(); }

std::int64_t now_s() { return since_1970<chrono::seconds>(); }

double steady_clock_s() {
  return chrono::duration<double>(chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace moneta
