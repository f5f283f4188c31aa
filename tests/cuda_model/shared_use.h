// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// The memory that several processes use of the same devices, in a small file that they all map
/// (CUDA_MODEL_SHARED=PATH). Without it a process is alone on its devices.
namespace cuda_model {

/// Tells the other processes how many bytes of the device this one uses.
void publish_use(int device, std::size_t bytes);

/// The bytes of the device that other processes use; those that ended use nothing.
std::size_t use_of_others(int device);

}  // namespace cuda_model
