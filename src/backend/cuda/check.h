// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>
#include <nccl.h>

#include <string>

namespace moneta::cuda {

/// Throw Error (device) or OutOfMemory if the call failed. The text contains the name of the call
/// and `context`, such as sizes.
void check(cudaError_t status, char const* call, std::string const& context = {});
void check(cudnnStatus_t status, char const* call, std::string const& context = {});
void check(cublasStatus_t status, char const* call, std::string const& context = {});
void check(ncclResult_t status, char const* call, std::string const& context = {});

}  // namespace moneta::cuda

/// Checks a call to CUDA, cuDNN, cuBLAS or NCCL. An optional second argument is the context.
#define MONETA_CUDA(call, ...) ::moneta::cuda::check((call), #call __VA_OPT__(, ) __VA_ARGS__)
