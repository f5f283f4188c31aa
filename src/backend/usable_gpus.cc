// SPDX-License-Identifier: Apache-2.0
#include "backend/gpus.h"

#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace moneta {

void set_cuda_environment() { ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0); }

std::string why_unusable(GpuInfo const& gpu) {
  constexpr int oldest_major = 8;
  if (gpu.major >= oldest_major) return "";
  return fmt::format("GPU {} ({}) has compute capability {}.{}, and {}.0 or newer is required",
                     gpu.ordinal, gpu.name, gpu.major, gpu.minor, oldest_major);
}

GpuCount usable_gpus(std::vector<GpuInfo> const& all) {
  GpuCount gpus;
  for (GpuInfo const& gpu : all) {
    std::string const why = why_unusable(gpu);
    if (why.empty()) {
      gpus.usable.push_back(gpu);
    } else {
      gpus.unusable.push_back(why);
    }
  }
  gpus.count = gpus.usable.size();
  if (gpus.count == 0) gpus.why_none = joined(gpus.unusable, "; ");
  if (all.empty()) gpus.why_none = "this machine has no GPU";
  return gpus;
}

}  // namespace moneta
