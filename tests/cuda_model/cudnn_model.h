// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cudnn.h>
#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cuda_model/cudnn_lstm.h"
#include "cuda_model/live_objects.h"
#include "cuda_model/model.h"

/// What the files of cuDNN's model share: the objects behind its opaque pointers, which of their
/// combinations are supported, and sizes. REFUSED.md lists what is refused and why.

struct cudnnContext {
  int device = 0;
  cudaStream_t stream = nullptr;
};

struct cudnnTensorStruct {
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  std::vector<int> dims, strides;
};

struct cudnnDropoutStruct {
  bool is_set = false;
  float probability = 0;
};

/// The arguments of cudnnSetRNNDescriptor_v8.
struct cudnnRNNStruct {
  bool is_set = false;
  cudnnRNNAlgo_t algorithm{};
  cudnnRNNMode_t cell{};
  cudnnRNNBiasMode_t bias{};
  cudnnDirectionMode_t direction{};
  cudnnRNNInputMode_t input_mode{};
  cudnnDataType_t type{}, precision{};
  cudnnMathType_t math{};
  int inputs = 0, hidden = 0, projection = 0, layers = 0;
  unsigned flags = 0;

  int directions() const { return direction == CUDNN_BIDIRECTIONAL ? 2 : 1; }
};

struct cudnnRNNDataStruct {
  bool is_set = false;
  cudnnDataType_t type{};
  int steps = 0, batch = 0, width = 0;
};

namespace cuda_model {

/// A status that is no success and why; the text is what cudnnGetLastErrorString returns next.
struct Refusal {
  cudnnStatus_t status = CUDNN_STATUS_SUCCESS;
  std::string why;

  explicit operator bool() const { return status != CUDNN_STATUS_SUCCESS; }
};

inline Refusal bad_param(std::string why) { return {CUDNN_STATUS_BAD_PARAM, std::move(why)}; }
inline Refusal not_supported(std::string why) {
  return {CUDNN_STATUS_NOT_SUPPORTED, std::move(why)};
}

/// Remembers the text for this thread and returns the status.
cudnnStatus_t refuse(Refusal refusal);
/// The same for a status of `injected_status`.
cudnnStatus_t refuse_injected(int status);

/// Misuse unless the handle exists and its device is the current one; null is allowed.
void require_live_handle(char const* call, cudnnHandle_t handle);

/// The entry points that create and destroy an object.
template <class Object>
cudnnStatus_t create_object(char const* call, Object** made) {
  if (int const status = injected_status(call)) return refuse_injected(status);
  if (made == nullptr) return refuse(bad_param("the pointer to the result is null"));
  *made = LiveObjects<Object>::instance().make();
  return CUDNN_STATUS_SUCCESS;
}

template <class Object>
cudnnStatus_t destroy_object(char const* call, char const* what, Object* object) {
  if (int const status = injected_status(call)) return refuse_injected(status);
  LiveObjects<Object>::instance().destroy(call, what, object);
  return CUDNN_STATUS_SUCCESS;
}

/// What cudnnSetRNNDescriptor_v8 refuses. Misuse if cuDNN accepts the arguments, but not the model.
Refusal check_rnn(char const* call, cudnnRNNStruct const& rnn);

/// What cudnnGetRNNTempSpaceSizes and the calls that compute refuse for these sizes.
Refusal check_support(cudnnRNNStruct const& rnn, cudnnRNNDataStruct const& x, bool is_training);

LstmSpec lstm_spec(cudnnRNNStruct const& rnn, int steps, int batch);

/// The sizes that cuDNN 9.19 reports, exactly where all arrays have a multiple of 32 bytes, and at
/// most 512 bytes less otherwise. They were read from the library without a GPU, where the call
/// fails only after it has stored them; for bf16, which it then refuses earlier, and for persistent
/// algorithms, the sizes of float16 and of the standard algorithm are taken as an estimate.
std::size_t weight_space_bytes(LstmSpec const& spec);
std::size_t work_space_bytes(LstmSpec const& spec, bool is_training);
std::size_t reserve_space_bytes(LstmSpec const& spec);

}  // namespace cuda_model
