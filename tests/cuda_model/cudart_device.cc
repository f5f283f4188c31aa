// SPDX-License-Identifier: Apache-2.0
// The entry points of the runtime for devices, versions and errors.
#include <fmt/format.h>

#include <algorithm>

#include "cuda_model/capture.h"
#include "cuda_model/device_use.h"
#include "cuda_model/entry_point.h"

using namespace cuda_model;

namespace {

struct ErrorText {
  cudaError_t error;
  char const *name, *text;
};

/// The errors that the model returns; others have the number as their text.
#define MODEL_ERROR(error, text) \
  { error, #error, text }
constexpr ErrorText error_texts[] = {
    MODEL_ERROR(cudaSuccess, "no error"),
    MODEL_ERROR(cudaErrorInvalidValue, "invalid argument"),
    MODEL_ERROR(cudaErrorMemoryAllocation, "out of memory"),
    MODEL_ERROR(cudaErrorInitializationError, "initialization error"),
    MODEL_ERROR(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    MODEL_ERROR(cudaErrorInsufficientDriver,
                "CUDA driver version is insufficient for CUDA runtime version"),
    MODEL_ERROR(cudaErrorNoDevice, "no CUDA-capable device is detected"),
    MODEL_ERROR(cudaErrorInvalidDevice, "invalid device ordinal"),
    MODEL_ERROR(cudaErrorNoKernelImageForDevice,
                "no kernel image is available for execution on the device"),
    MODEL_ERROR(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    MODEL_ERROR(cudaErrorIllegalState, "the operation cannot be performed in the present state"),
    MODEL_ERROR(cudaErrorNotReady, "device not ready"),
    MODEL_ERROR(cudaErrorIllegalAddress, "an illegal memory access was encountered"),
    MODEL_ERROR(cudaErrorLaunchFailure, "unspecified launch failure"),
    MODEL_ERROR(cudaErrorNotSupported, "operation not supported"),
    MODEL_ERROR(cudaErrorStreamCaptureUnsupported,
                "operation not permitted when stream is capturing"),
    MODEL_ERROR(cudaErrorStreamCaptureInvalidated,
                "operation failed due to a previous error during capture"),
    MODEL_ERROR(cudaErrorStreamCaptureMerge,
                "operation would result in a merge of separate capture sequences"),
    MODEL_ERROR(cudaErrorStreamCaptureUnmatched,
                "capture was not ended in the same stream as it began"),
    MODEL_ERROR(cudaErrorStreamCaptureUnjoined, "capturing stream has unjoined work"),
    MODEL_ERROR(cudaErrorStreamCaptureIsolation,
                "dependency created on uncaptured work in another stream"),
    MODEL_ERROR(cudaErrorCapturedEvent,
                "operation not permitted on an event last recorded in a capturing stream"),
    MODEL_ERROR(cudaErrorStreamCaptureWrongThread,
                "attempt to terminate a thread-local capture sequence from another thread"),
    MODEL_ERROR(cudaErrorUnknown, "unknown error"),
};
#undef MODEL_ERROR

ErrorText const* find_text(cudaError_t error) {
  auto const* const found =
      std::find_if(std::begin(error_texts), std::end(error_texts),
                   [&](ErrorText const& each) { return each.error == error; });
  return found == std::end(error_texts) ? nullptr : found;
}

/// Those after which the driver's documentation says that "the process must be terminated and
/// relaunched".
bool is_sticky(cudaError_t error) {
  return error == cudaErrorIllegalAddress || error == cudaErrorLaunchTimeout ||
         error == cudaErrorAssert ||
         (error >= cudaErrorHardwareStackError && error <= cudaErrorLaunchFailure) ||
         error == cudaErrorECCUncorrectable;
}

bool exists(int device) { return device >= 0 && static_cast<std::size_t>(device) < device_count(); }

}  // namespace

cudaError_t cuda_model::injected_error(char const* call) {
  auto const error = static_cast<cudaError_t>(injected_status(call));
  if (is_sticky(error)) set_sticky_error(current_device(), error);
  return error;
}

extern "C" {

cudaError_t cudaGetLastError() {
  cudaError_t const error = last_error();
  clear_last_error();
  return error;
}
cudaError_t cudaPeekAtLastError() { return last_error(); }

char const* cudaGetErrorName(cudaError_t error) {
  ErrorText const* const found = find_text(error);
  return found == nullptr ? "cudaErrorOther" : found->name;
}
char const* cudaGetErrorString(cudaError_t error) {
  static thread_local std::string text;
  ErrorText const* const found = find_text(error);
  if (found != nullptr) return found->text;
  text = fmt::format("error {}", static_cast<int>(error));
  return text.c_str();
}

cudaError_t cudaDriverGetVersion(int* version) {
  return query_entry(__func__, [&] {
    *version = driver_version();
    return cudaSuccess;
  });
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  return query_entry(__func__, [&] {
    *version = runtime_version();
    return cudaSuccess;
  });
}

cudaError_t cudaGetDeviceCount(int* count) {
  return query_entry(__func__, [&] {
    *count = static_cast<int>(device_count());
    return driver_status();
  });
}
cudaError_t cudaGetDevice(int* device) {
  return query_entry(__func__, [&] {
    *device = current_device();
    return driver_status();
  });
}
cudaError_t cudaSetDevice(int device) {
  return query_entry(__func__, [&] {
    cudaError_t const status = driver_status();
    return status == cudaSuccess ? select_device(device) : status;
  });
}
/// The model has no spinning or blocking waits, so that the flags of waiting make no difference.
cudaError_t cudaSetDeviceFlags(unsigned flags) {
  return query_entry(__func__, [&] {
    constexpr unsigned known =
        cudaDeviceScheduleMask | cudaDeviceMapHost | cudaDeviceLmemResizeToMax;
    return (flags & ~known) == 0 ? driver_status() : cudaErrorInvalidValue;
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return query_entry(__func__, [&] {
    if (!exists(device)) return cudaErrorInvalidDevice;
    *properties = properties_of(device);
    return cudaSuccess;
  });
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return query_entry("cudaDeviceGetAttribute", [&] {
    if (!exists(device)) return cudaErrorInvalidDevice;
    switch (attribute) {
      case cudaDevAttrClockRate:
        *value = clock_rate();
        return cudaSuccess;
      case cudaDevAttrMemoryClockRate:
        *value = memory_clock_rate();
        return cudaSuccess;
      case cudaDevAttrMultiProcessorCount:
        *value = properties_of(device).multiProcessorCount;
        return cudaSuccess;
      case cudaDevAttrComputeCapabilityMajor:
        *value = capability() / 10;
        return cudaSuccess;
      case cudaDevAttrComputeCapabilityMinor:
        *value = capability() % 10;
        return cudaSuccess;
      default:
        misuse("cudaDeviceGetAttribute",
               fmt::format("attribute {} is not modeled", static_cast<int>(attribute)));
    }
  });
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return entry(__func__, [&] {
    *free = free_bytes(current_device());
    *total = total_bytes();
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceSynchronize() {
  return entry(__func__, [&] {
    cudaError_t const refused = refuse_captures_of(current_device());
    if (refused != cudaSuccess) return refused;
    synchronize_device("cudaDeviceSynchronize", current_device());
    return cudaSuccess;
  });
}

}  // extern "C"
