// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include "cuda_model/devices.h"
#include "cuda_model/model.h"

namespace cuda_model {

/// What CUDA_MODEL_FAIL wants the call to return. An error that CUDA calls sticky stays with the
/// device.
cudaError_t injected_error(char const* call);

/// An entry point of the runtime that asks for a fact: it works after a fault.
template <class Body>
cudaError_t query_entry(char const* call, Body const& body) {
  cudaError_t error = injected_error(call);
  if (error == cudaSuccess) {
    auto const lock = lock_model();
    error = body();
  }
  return remember_error(error);
}

/// An entry point of the runtime that uses the current device: it counts the call, fails it if that
/// was asked for, makes the context on first use, and returns the sticky error of a device with a
/// fault, including a fault of what ran during the call.
template <class Body>
cudaError_t entry(char const* call, Body const& body) {
  if (is_forked()) misuse(call, "a process uses CUDA that was forked by one that uses it already");
  return query_entry(call, [&] {
    int const device = current_device();
    cudaError_t error = sticky_error(device);
    if (error == cudaSuccess) error = open_current_device();
    if (error == cudaSuccess) error = body();
    return error == cudaSuccess ? sticky_error(device) : error;
  });
}

/// The first of two errors that is not cudaSuccess.
inline cudaError_t first_error(cudaError_t first, cudaError_t second) {
  return first == cudaSuccess ? second : first;
}

}  // namespace cuda_model
