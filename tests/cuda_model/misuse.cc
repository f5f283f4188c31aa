// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cuda_model/report.h"
#include "cuda_model/settings.h"
#include "cuda_model/symbols.h"

namespace cuda_model {

void print_backtrace() {
  constexpr std::size_t most_frames = 40;
  for (void* const address : callers(most_frames)) {
    std::fprintf(stderr, "  %s\n", text_of(place_of(address)).c_str());
  }
}

void misuse(char const* call, std::string const& what) {
  // A setting that is wrong is reported here as well, before there is a seed.
  static thread_local bool is_reporting = false;
  if (is_reporting) _exit(99);
  is_reporting = true;
  std::string const text = fmt::format("{}: {}", call, what);
  std::fprintf(stderr, "CUDA model: %s\n", text.c_str());
  if (std::string{call} != "CUDA_MODEL_SEED") {
    std::fprintf(stderr, "CUDA model: CUDA_MODEL_SEED=%llu (%s)\n",
                 static_cast<unsigned long long>(seed()), policy_name());
  }
  print_backtrace();
  write_report(text);
  _exit(99);
}

}  // namespace cuda_model
