// SPDX-License-Identifier: Apache-2.0
// The entry points of cuDNN that describe an RNN and report its sizes and the places of its
// weights. Their statuses are those of cuDNN 9.19.
#include "cuda_model/cudnn_model.h"

namespace cuda_model {
namespace {

/// Describes the matrix [1, rows, columns] or clears the descriptor.
void describe(cudnnTensorDescriptor_t tensor, cudnnDataType_t type, int rows, int columns,
              bool is_there) {
  if (tensor == nullptr) return;
  *tensor = {};
  if (is_there) *tensor = {type, {1, rows, columns}, {rows * columns, columns, 1}};
}

void set_address(void** address, void const* space, std::size_t element,
                 std::size_t element_bytes) {
  if (address == nullptr) return;
  auto const* const place = static_cast<std::byte const*>(space) + element * element_bytes;
  *address = element == LstmWeights::absent ? nullptr : const_cast<std::byte*>(place);
}

Refusal check_lengths(char const* call, int steps, int batch, int const* lengths) {
  bool is_shorter = false;
  for (int n = 0; n < batch; ++n) {
    if (lengths[n] < 0 || lengths[n] > steps)
      return bad_param(fmt::format("seqLengthArray[{}] is {}, not 0 to {}", n, lengths[n], steps));
    is_shorter = is_shorter || lengths[n] != steps;
  }
  if (is_shorter) not_modeled(call, "a sequence that is shorter than maxSeqLength");
  return {};
}

Refusal check_data(char const* call, cudnnRNNDataStruct const& data, cudnnRNNDataLayout_t layout,
                   int const* lengths) {
  constexpr int most_steps = 65535;
  if (data.steps <= 0 || data.batch <= 0 || data.width <= 0)
    return bad_param("maxSeqLength, batchSize and vectorSize must be at least 1");
  if (lengths == nullptr) return bad_param("seqLengthArray is null");
  if (layout < 0 || layout > CUDNN_RNN_DATA_LAYOUT_BATCH_MAJOR_UNPACKED)
    return bad_param("layout is no value of its enumeration");
  bool const is_known = data.type == CUDNN_DATA_FLOAT || data.type == CUDNN_DATA_DOUBLE ||
                        data.type == CUDNN_DATA_HALF || data.type == CUDNN_DATA_BFLOAT16;
  if (!is_known) return not_supported("dataType must be float, double, half or bfloat16");
  if (data.steps > most_steps)
    return not_supported(fmt::format("maxSeqLength is larger than {}", most_steps));
  if (Refusal refusal = check_lengths(call, data.steps, data.batch, lengths)) return refusal;
  if (layout != CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED)
    not_modeled(call, "a layout other than CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED");
  if (data.type == CUDNN_DATA_DOUBLE) not_modeled(call, "double");
  return {};
}

}  // namespace
}  // namespace cuda_model

using namespace cuda_model;

extern "C" {

cudnnStatus_t cudnnCreateRNNDescriptor(cudnnRNNDescriptor_t* made) {
  return create_object(__func__, made);
}
cudnnStatus_t cudnnDestroyRNNDescriptor(cudnnRNNDescriptor_t rnn) {
  return destroy_object(__func__, "RNN descriptor", rnn);
}
cudnnStatus_t cudnnCreateRNNDataDescriptor(cudnnRNNDataDescriptor_t* made) {
  return create_object(__func__, made);
}
cudnnStatus_t cudnnDestroyRNNDataDescriptor(cudnnRNNDataDescriptor_t data) {
  return destroy_object(__func__, "RNN data descriptor", data);
}

cudnnStatus_t cudnnSetRNNDescriptor_v8(cudnnRNNDescriptor_t rnn, cudnnRNNAlgo_t algorithm,
                                       cudnnRNNMode_t cell, cudnnRNNBiasMode_t bias,
                                       cudnnDirectionMode_t direction,
                                       cudnnRNNInputMode_t input_mode, cudnnDataType_t type,
                                       cudnnDataType_t precision, cudnnMathType_t math,
                                       int32_t inputs, int32_t hidden, int32_t projection,
                                       int32_t layers, cudnnDropoutDescriptor_t dropout,
                                       uint32_t flags) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (rnn == nullptr) return refuse(bad_param("the descriptor is null"));
  require_live(__func__, "RNN descriptor", rnn);
  require_live(__func__, "dropout descriptor", dropout);
  if (dropout != nullptr && !dropout->is_set)
    misuse(__func__, "its dropout descriptor has not been set");
  cudnnRNNStruct const wanted{true,      algorithm, cell,   bias,   direction,  input_mode, type,
                              precision, math,      inputs, hidden, projection, layers,     flags};
  if (Refusal refusal = check_rnn(__func__, wanted)) return refuse(refusal);
  *rnn = wanted;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetRNNDataDescriptor(cudnnRNNDataDescriptor_t data, cudnnDataType_t type,
                                        cudnnRNNDataLayout_t layout, int steps, int batch,
                                        int width, int const lengths[], void*) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (data == nullptr) return refuse(bad_param("the descriptor is null"));
  require_live(__func__, "RNN data descriptor", data);
  cudnnRNNDataStruct const wanted{true, type, steps, batch, width};
  if (Refusal refusal = check_data(__func__, wanted, layout, lengths)) return refuse(refusal);
  *data = wanted;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetRNNWeightSpaceSize(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn,
                                         size_t* bytes) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (handle == nullptr || rnn == nullptr || bytes == nullptr)
    return refuse(bad_param("the handle, the descriptor or the pointer to the result is null"));
  require_live_handle(__func__, handle);
  require_live(__func__, "RNN descriptor", rnn);
  if (!rnn->is_set) misuse(__func__, "its RNN descriptor has not been set");
  *bytes = weight_space_bytes(lstm_spec(*rnn, 1, 1));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetRNNTempSpaceSizes(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn,
                                        cudnnForwardMode_t mode, cudnnRNNDataDescriptor_t x,
                                        size_t* work, size_t* reserve) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (handle == nullptr || rnn == nullptr || x == nullptr)
    return refuse(bad_param("the handle or a descriptor is null"));
  require_live_handle(__func__, handle);
  require_live(__func__, "RNN descriptor", rnn);
  require_live(__func__, "RNN data descriptor", x);
  if (!rnn->is_set) misuse(__func__, "its RNN descriptor has not been set");
  if (mode != CUDNN_FWD_MODE_INFERENCE && mode != CUDNN_FWD_MODE_TRAINING)
    return refuse(bad_param("fwdMode is no value of its enumeration"));
  if (!x->is_set || x->type != rnn->type || x->width != rnn->inputs)
    return refuse(bad_param("xDesc has another dataType or another vectorSize than the layer"));
  bool const is_training = mode == CUDNN_FWD_MODE_TRAINING;
  if (Refusal refusal = check_support(*rnn, *x, is_training)) return refuse(refusal);
  LstmSpec const spec = lstm_spec(*rnn, x->steps, x->batch);
  if (work != nullptr) *work = work_space_bytes(spec, is_training);
  if (reserve != nullptr) *reserve = is_training ? reserve_space_bytes(spec) : 0;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetRNNWeightParams(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn,
                                      int32_t pseudo_layer, size_t bytes, void const* space,
                                      int32_t id, cudnnTensorDescriptor_t matrix,
                                      void** matrix_address, cudnnTensorDescriptor_t bias,
                                      void** bias_address) {
  constexpr int gate_count = 4;  // of each kind: ids 0 to 3 are input, 4 to 7 recurrent
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (handle == nullptr || rnn == nullptr)
    return refuse(bad_param("the handle or rnnDesc is null"));
  require_live_handle(__func__, handle);
  require_live(__func__, "RNN descriptor", rnn);
  require_live(__func__, "tensor descriptor", matrix);
  require_live(__func__, "tensor descriptor", bias);
  if (!rnn->is_set) misuse(__func__, "its RNN descriptor has not been set");
  if (pseudo_layer < 0 || pseudo_layer >= rnn->directions())
    return refuse(bad_param(fmt::format("there is no pseudoLayer {}", pseudo_layer)));
  if (id < 0 || id > 2 * gate_count) return refuse(bad_param(fmt::format("linLayerID is {}", id)));
  if (id == 2 * gate_count) not_modeled(__func__, "a recurrent projection");
  LstmSpec const spec = lstm_spec(*rnn, 1, 1);
  if (bytes != weight_space_bytes(spec))
    misuse(__func__, "weightSpaceSize is not the size of the weight space");
  LstmWeights const places(spec);
  auto const d = static_cast<std::size_t>(pseudo_layer),
             gate = static_cast<std::size_t>(id % gate_count);
  bool const is_input = id < gate_count;
  int const columns = is_input ? rnn->inputs : rnn->hidden;
  std::size_t const first = is_input ? places.input[d] : places.recurrent[d];
  std::size_t const first_bias = is_input ? places.input_bias[d] : places.recurrent_bias[d];
  bool const has_bias = first_bias != LstmWeights::absent;
  std::size_t const element = bytes_of(spec.format);
  describe(matrix, rnn->type, rnn->hidden, columns, true);
  describe(bias, rnn->type, rnn->hidden, 1, has_bias);
  set_address(matrix_address, space, first + gate * spec.hidden * static_cast<std::size_t>(columns),
              element);
  set_address(bias_address, space, has_bias ? first_bias + gate * spec.hidden : first_bias,
              element);
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
