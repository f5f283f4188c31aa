// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/cpu/make.h"
#include "backend/gpus.h"
#include "support/cuda_environment.h"

namespace moneta {

struct NamedBackend {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;

  friend void PrintTo(NamedBackend const& backend, std::ostream* out) { *out << backend.name; }
};

/// Every backend of this build that runs on this machine; all run the same tests.
inline std::vector<NamedBackend> backends_under_test() {
  std::vector<NamedBackend> backends{{"CpuOneThread", [] { return make_cpu_backend(1); }},
                                     {"CpuThreeThreads", [] { return make_cpu_backend(3); }}};
  if (count_gpus().count > 0) backends.push_back({"Cuda", [] { return make_cuda_backend(0); }});
  return backends;
}

}  // namespace moneta
