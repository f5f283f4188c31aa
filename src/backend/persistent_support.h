// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "backend/gpus.h"
#include "backend/lstm.h"

namespace moneta {

/// Why cuDNN's persistent algorithm is not tried for this shape on this GPU: its kernels are known
/// not to support it. Empty if they may support it; then only the benchmark shows. Bidirectional
/// layers are benchmarked with both directions in one call.
std::string why_not_persistent(LstmShape const& shape, GpuInfo const& gpu);

}  // namespace moneta
