// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "backend/backend.h"
#include "config/config.h"

namespace moneta {

/// The index of a rank among the ranks on its node, and their number.
struct NodeRank {
  std::size_t rank = 0, ranks = 1;
};

/// The number, on its node, of the GPU that a rank uses, or nothing if it computes on the CPU. The
/// ranks of a node are assigned to its visible GPUs round-robin. Throws Error (device) if the
/// configuration requires a GPU and none can be used.
std::optional<std::size_t> select_gpu(DeviceConfig const& device, NodeRank rank);

/// Creates the backend of a rank: on the GPU of select_gpu, or else on the CPU with the rank's part
/// of the node's cores. Throws Error (device) if the device cannot be used.
std::unique_ptr<Backend> make_backend(DeviceConfig const& device, NodeRank rank);

/// The precision in which LSTM layers are computed. `automatic` is bf16 on hardware that multiplies
/// bf16 at full speed, and f32 elsewhere. Throws Error (config) if the device does not support the
/// requested precision.
Precision choose_precision(PrecisionChoice choice, DeviceFacts const& device);

}  // namespace moneta
