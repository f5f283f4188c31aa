// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <type_traits>

#include "backend/cuda/check.h"

namespace moneta::cuda {

/// Owns a handle (a pointer) of a vendor's library and destroys it with `Destroy`; move-only.
template <class Pointer, auto Destroy>
class Handle {
 public:
  Handle() = default;
  explicit Handle(Pointer handle) : handle_(handle) {}
  Pointer get() const { return handle_.get(); }
  operator Pointer() const { return get(); }  // NOLINT(google-explicit-constructor)

 private:
  struct Free {
    void operator()(Pointer handle) const { (void)Destroy(handle); }
  };
  std::unique_ptr<std::remove_pointer_t<Pointer>, Free> handle_;
};

using Stream = Handle<cudaStream_t, cudaStreamDestroy>;
using Event = Handle<cudaEvent_t, cudaEventDestroy>;
using Cudnn = Handle<cudnnHandle_t, cudnnDestroy>;
using CublasLt = Handle<cublasLtHandle_t, cublasLtDestroy>;
using TensorDescriptor = Handle<cudnnTensorDescriptor_t, cudnnDestroyTensorDescriptor>;
using DropoutDescriptor = Handle<cudnnDropoutDescriptor_t, cudnnDestroyDropoutDescriptor>;
using RnnDescriptor = Handle<cudnnRNNDescriptor_t, cudnnDestroyRNNDescriptor>;
using RnnDataDescriptor = Handle<cudnnRNNDataDescriptor_t, cudnnDestroyRNNDataDescriptor>;

inline Stream make_stream() {
  cudaStream_t stream = nullptr;
  MONETA_CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return Stream(stream);
}
inline Event make_event(unsigned flags = cudaEventDisableTiming) {
  cudaEvent_t event = nullptr;
  MONETA_CUDA(cudaEventCreateWithFlags(&event, flags));
  return Event(event);
}
inline Cudnn make_cudnn(cudaStream_t stream) {
  cudnnHandle_t handle = nullptr;
  MONETA_CUDA(cudnnCreate(&handle));
  Cudnn owner(handle);
  MONETA_CUDA(cudnnSetStream(handle, stream));
  return owner;
}
inline CublasLt make_cublas_lt() {
  cublasLtHandle_t handle = nullptr;
  MONETA_CUDA(cublasLtCreate(&handle));
  return CublasLt(handle);
}
inline TensorDescriptor make_tensor_descriptor() {
  cudnnTensorDescriptor_t descriptor = nullptr;
  MONETA_CUDA(cudnnCreateTensorDescriptor(&descriptor));
  return TensorDescriptor(descriptor);
}
inline DropoutDescriptor make_dropout_descriptor() {
  cudnnDropoutDescriptor_t descriptor = nullptr;
  MONETA_CUDA(cudnnCreateDropoutDescriptor(&descriptor));
  return DropoutDescriptor(descriptor);
}
inline RnnDescriptor make_rnn_descriptor() {
  cudnnRNNDescriptor_t descriptor = nullptr;
  MONETA_CUDA(cudnnCreateRNNDescriptor(&descriptor));
  return RnnDescriptor(descriptor);
}
inline RnnDataDescriptor make_rnn_data_descriptor() {
  cudnnRNNDataDescriptor_t descriptor = nullptr;
  MONETA_CUDA(cudnnCreateRNNDataDescriptor(&descriptor));
  return RnnDataDescriptor(descriptor);
}

}  // namespace moneta::cuda
