// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/gpus.h"
#include "config/config.h"

namespace moneta {

/// The index of a rank among the ranks on its node, and their number.
struct NodeRank {
  std::size_t rank = 0, ranks = 1;
};

/// The backend of a rank, and how its device was selected.
struct OpenedBackend {
  std::unique_ptr<Backend> backend;
  std::string gpu;                 ///< its gpu_identity; empty for the CPU
  std::vector<std::string> notes;  ///< messages: the GPUs that cannot be used, or why there is none
};

/// The GPUs of the node: those of backend/gpus.h, or those of a test.
struct NodeGpus {
  GpuCount count;
  std::function<std::unique_ptr<Backend>(std::size_t number)> open = make_cuda_backend;
  std::function<std::string(std::size_t number)> identity = gpu_identity;
};

/// Opens the device of a rank. The ranks of a node are assigned to its usable GPUs round-robin; see
/// why_unusable. Without one, a rank computes on the CPU with its part of the node's cores. Throws
/// Error (device) if the device cannot be opened, and with device.kind=cuda also without a usable
/// GPU.
OpenedBackend open_backend(DeviceConfig const& device, NodeRank rank, NodeGpus const& gpus);
/// The same with the GPUs of backend/gpus.h.
OpenedBackend open_own_device(DeviceConfig const& device, NodeRank rank);
/// The backend of open_own_device.
std::unique_ptr<Backend> make_backend(DeviceConfig const& device, NodeRank rank);

/// The precision in which LSTM layers are computed. `automatic` is bf16 on hardware that multiplies
/// bf16 at full speed, and f32 elsewhere, never fp16. Throws Error (config) if the device does not
/// support the requested precision.
Precision choose_precision(PrecisionChoice choice, DeviceFacts const& device);

/// The precision in which this device evaluates what was trained in the precision `trained`,
/// perhaps on another device: the requested one if this device supports it, or with `automatic`
/// `trained` if this device multiplies it at full speed. f32, the most precise one, in all other
/// cases.
Precision evaluation_precision(PrecisionChoice choice, Precision trained,
                               DeviceFacts const& device);

/// If `automatic` is f32 only because cuDNN is too old for bf16 on a GPU that would multiply it
/// fast: what to install or to set for a faster run. Empty in all other cases.
std::string precision_hint(PrecisionChoice choice, DeviceFacts const& device);

/// The warning for a run whose TrainingDevice::rounding was `earlier` when its checkpoint was
/// written and is `now` after a new start; empty if nothing has changed or either is not known.
std::string rounding_warning(std::string const& earlier, std::string const& now);

}  // namespace moneta
