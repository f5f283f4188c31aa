// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <chrono>

namespace moneta {

std::int64_t system_clock_ms() {
  namespace chrono = std::chrono;
  return chrono::duration_cast<chrono::milliseconds>(chrono::system_clock::now().time_since_epoch())
      .count();
}

double steady_clock_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace moneta
