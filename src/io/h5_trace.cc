// SPDX-License-Identifier: Apache-2.0
#include "io/h5_trace.h"

#include <algorithm>

namespace moneta {
namespace {

std::span<char> trace;

}  // namespace

void h5_trace_into(std::span<char> memory) { trace = memory; }

void h5_trace(std::string const& name) {
  if (trace.empty()) return;
  auto const size = std::min(name.size(), trace.size() - 1);
  std::copy_n(name.begin(), size, trace.begin());
  trace[size] = '\0';
}

}  // namespace moneta
