// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "backend/cuda/check.h"
#include "base/error.h"

namespace moneta::cuda {

/// "2.28.9" for 22809, the way NCCL, cuDNN and cuBLASLt number their versions.
inline std::string version_text(std::size_t version) {
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

/// The version of the loaded NCCL library.
inline std::string nccl_version() {
  int version = 0;
  MONETA_CUDA(ncclGetVersion(&version));
  return version_text(static_cast<std::size_t>(version));
}

}  // namespace moneta::cuda
