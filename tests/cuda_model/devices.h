// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "cuda_model/model.h"

namespace cuda_model {

constexpr std::size_t most_devices = 16;

/// CUDA_MODEL_DEVICES, 1 by default.
std::size_t device_count();

/// cudaErrorInsufficientDriver if the driver is older than the runtime (CUDA_MODEL_DRIVER_VERSION
/// and CUDA_MODEL_RUNTIME_VERSION, both that of the headers by default), cudaErrorNoDevice without
/// devices.
cudaError_t driver_status();
int driver_version();
int runtime_version();

/// Selects the device of this thread; cudaErrorInvalidDevice if there is none of this number.
cudaError_t select_device(int device);

/// Makes the context of the current device if this process does not have it yet. Fails as
/// driver_status, or with cudaErrorMemoryAllocation.
cudaError_t open_current_device();

/// The error that all calls of the device return since a fault; cudaSuccess if there was none.
cudaError_t sticky_error(int device);

/// The error for cudaGetLastError: the latest of this thread, unless the device has a sticky one.
cudaError_t remember_error(cudaError_t error);
cudaError_t last_error();
void clear_last_error();

/// What the devices say of themselves; all are alike except for their UUID.
cudaDeviceProp properties_of(int device);
/// In kHz.
int clock_rate();
int memory_clock_rate();

/// Whether this is a process that a process with CUDA forked, in which CUDA does not work.
bool is_forked();

}  // namespace cuda_model
