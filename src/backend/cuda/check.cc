// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/check.h"

#include <string_view>

#include "base/error.h"

namespace moneta::cuda {
namespace {

/// "cudaMemcpyAsync" for "cudaMemcpyAsync(to, from, bytes, ...)".
std::string_view name_of(std::string_view call) { return call.substr(0, call.find('(')); }

std::string text(char const* call, std::string const& reason, std::string const& context,
                 char const* advice) {
  return fmt::format("the GPU failed in {} ({}{}{}). {}", name_of(call), reason,
                     context.empty() ? "" : "; ", context, advice);
}

/// A library without memory for its kernels or streams may report an internal error instead. Does
/// not wait for the GPU: a sum over a team may be in progress there that never ends.
bool gpu_is_full() {
  constexpr std::size_t too_little = std::size_t{64} << 20;
  std::size_t free = 0, total = 0;
  bool const is_valid = cudaMemGetInfo(&free, &total) == cudaSuccess;
  (void)cudaGetLastError();
  return is_valid && free < too_little;
}

constexpr char const* memory_advice =
    "Lower device.memory_limit_mib or device.memory_fraction, or stop other processes on the GPU?";
constexpr char const* other_advice =
    "Check nvidia-smi and the system log for GPU errors, or set device.kind=cpu?";
constexpr char const* team_advice =
    "Check nvidia-smi and the network between the hosts, set NCCL_DEBUG=WARN for details, or start "
    "one rank per coin?";

}  // namespace

void check(cudaError_t status, char const* call, std::string const& context) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();  // else the next check would report it again
  std::string const reason =
      fmt::format("{}, {}", cudaGetErrorName(status), cudaGetErrorString(status));
  if (status == cudaErrorMemoryAllocation) {
    throw OutOfMemory(text(call, reason, context, memory_advice));
  }
  throw Error(ErrorKind::device, text(call, reason, context, other_advice));
}

void check(cudnnStatus_t status, char const* call, std::string const& context) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char last[512] = {};
  cudnnGetLastErrorString(last, sizeof last);
  std::string const reason =
      fmt::format("{}{}{}", cudnnGetErrorString(status), *last ? ", " : "", last);
  bool const is_memory = status == CUDNN_STATUS_ALLOC_FAILED ||
                         status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED ||
                         status == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED;
  if (is_memory || gpu_is_full()) {
    throw OutOfMemory(text(call, reason, context, memory_advice));
  }
  throw Error(ErrorKind::device, text(call, reason, context, other_advice));
}

void check(cublasStatus_t status, char const* call, std::string const& context) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  std::string const reason = cublasLtGetStatusString(status);
  if (status == CUBLAS_STATUS_ALLOC_FAILED || gpu_is_full()) {
    throw OutOfMemory(text(call, reason, context, memory_advice));
  }
  throw Error(ErrorKind::device, text(call, reason, context, other_advice));
}

void check(ncclResult_t status, char const* call, std::string const& context) {
  if (status == ncclSuccess) return;
  (void)cudaGetLastError();  // NCCL may leave its own error there
  std::string last = ncclGetLastError(nullptr);
  while (last.ends_with('\n')) last.pop_back();
  std::string const reason =
      fmt::format("{}{}{}", ncclGetErrorString(status), last.empty() ? "" : ", ", last);
  throw Error(ErrorKind::device, text(call, reason, context, team_advice));
}

}  // namespace moneta::cuda
