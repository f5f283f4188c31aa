// SPDX-License-Identifier: Apache-2.0
// The entry points of cuDNN for errors, handles, and descriptors that do not concern RNNs. Their
// statuses are those of cuDNN 9.19.
#include <algorithm>
#include <cstdio>
#include <map>

#include "cuda_model/cudnn_model.h"

namespace cuda_model {
namespace {

thread_local std::string last_error;

bool is_data_type(cudnnDataType_t type) {
  return type >= CUDNN_DATA_FLOAT && type <= CUDNN_DATA_FP8_E5M2;
}

Refusal check_tensor(cudnnDataType_t type, int count, int const* dims, int const* strides) {
  if (!is_data_type(type)) return bad_param("dataType is no value of its enumeration");
  if (count > CUDNN_DIM_MAX)
    return not_supported(fmt::format("{} axes (at most {})", count, CUDNN_DIM_MAX));
  if (count < 1 || dims == nullptr || strides == nullptr)
    return bad_param("there are no axes, or dimA or strideA is null");
  for (int i = 0; i < count; ++i) {
    if (dims[i] <= 0) return bad_param(fmt::format("dimA[{}] is {}", i, dims[i]));
    if (strides[i] == 0 && dims[i] != 1) return bad_param(fmt::format("strideA[{}] is 0", i));
  }
  return {};
}

}  // namespace

cudnnStatus_t refuse(Refusal refusal) {
  last_error = std::move(refusal.why);
  return refusal.status;
}

cudnnStatus_t refuse_injected(int status) {
  return refuse({static_cast<cudnnStatus_t>(status), "a failure that CUDA_MODEL_FAIL asked for"});
}

void require_live_handle(char const* call, cudnnHandle_t handle) {
  require_live(call, "handle", handle);
  if (handle == nullptr || handle->device == current_device()) return;
  misuse(call, fmt::format("its handle belongs to device {} (device {} is selected)",
                           handle->device, current_device()));
}

}  // namespace cuda_model

using namespace cuda_model;

extern "C" {

size_t cudnnGetVersion() { return CUDNN_VERSION; }

char const* cudnnGetErrorString(cudnnStatus_t status) {
  static std::map<int, char const*> const names{
      {CUDNN_STATUS_SUCCESS, "CUDNN_STATUS_SUCCESS"},
      {CUDNN_STATUS_NOT_INITIALIZED, "CUDNN_STATUS_NOT_INITIALIZED"},
      {CUDNN_STATUS_BAD_PARAM, "CUDNN_STATUS_BAD_PARAM"},
      {CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH, "CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH"},
      {CUDNN_STATUS_NOT_SUPPORTED, "CUDNN_STATUS_NOT_SUPPORTED"},
      {CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH, "CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH"},
      {CUDNN_STATUS_INTERNAL_ERROR, "CUDNN_STATUS_INTERNAL_ERROR"},
      {CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED,
       "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED"},
      {CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED,
       "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"},
      {CUDNN_STATUS_EXECUTION_FAILED, "CUDNN_STATUS_EXECUTION_FAILED"},
      {CUDNN_STATUS_EXECUTION_FAILED_CUDART, "CUDNN_STATUS_EXECUTION_FAILED_CUDART"}};
  auto const name = names.find(status);
  return name == names.end() ? "CUDNN_UNKNOWN_STATUS" : name->second;
}

void cudnnGetLastErrorString(char* message, size_t size) {
  if (message != nullptr && size > 0) std::snprintf(message, size, "%s", last_error.c_str());
  last_error.clear();
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  cudnnStatus_t const status = create_object(__func__, handle);
  if (status == CUDNN_STATUS_SUCCESS) (*handle)->device = current_device();
  return status;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  return destroy_object(__func__, "handle", handle);
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (handle == nullptr) return refuse(bad_param("the handle is null"));
  require_live_handle(__func__, handle);
  if (stream == nullptr) misuse(__func__, "the default stream, which waits for other streams");
  require_stream(__func__, stream);
  if (device_of(stream) != handle->device)
    return refuse({CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH, "the stream belongs to another device"});
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* made) {
  return create_object(__func__, made);
}
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor) {
  return destroy_object(__func__, "tensor descriptor", tensor);
}
cudnnStatus_t cudnnCreateDropoutDescriptor(cudnnDropoutDescriptor_t* made) {
  return create_object(__func__, made);
}
cudnnStatus_t cudnnDestroyDropoutDescriptor(cudnnDropoutDescriptor_t dropout) {
  return destroy_object(__func__, "dropout descriptor", dropout);
}
cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t tensor, cudnnDataType_t type,
                                         int count, int const dims[], int const strides[]) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (tensor == nullptr) return refuse(bad_param("the descriptor is null"));
  require_live(__func__, "tensor descriptor", tensor);
  if (Refusal refusal = check_tensor(type, count, dims, strides)) return refuse(refusal);
  *tensor = {type, {dims, dims + count}, {strides, strides + count}};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetTensorNdDescriptor(cudnnTensorDescriptor_t const tensor, int requested,
                                         cudnnDataType_t* type, int* count, int dims[],
                                         int strides[]) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (tensor == nullptr) return refuse(bad_param("the descriptor is null"));
  require_live(__func__, "tensor descriptor", tensor);
  auto const axes = static_cast<int>(tensor->dims.size());
  if (type != nullptr) *type = tensor->type;
  if (count != nullptr) *count = axes;
  for (int i = 0; i < std::min(requested, axes); ++i) {
    if (dims != nullptr) dims[i] = tensor->dims[static_cast<std::size_t>(i)];
    if (strides != nullptr) strides[i] = tensor->strides[static_cast<std::size_t>(i)];
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetDropoutDescriptor(cudnnDropoutDescriptor_t dropout, cudnnHandle_t handle,
                                        float probability, void* states, size_t,
                                        unsigned long long) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (dropout == nullptr || handle == nullptr)
    return refuse(bad_param("the handle or the descriptor is null"));
  require_live_handle(__func__, handle);
  require_live(__func__, "dropout descriptor", dropout);
  if (probability != 0 || states != nullptr) not_modeled(__func__, "dropout inside of cuDNN");
  *dropout = {true, probability};
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
