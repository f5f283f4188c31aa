// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/rnn_call.h"

namespace cuda_model {
namespace {

Refusal check_descriptors(RnnCall const& call) {
  if (call.handle == nullptr || call.rnn == nullptr || call.x == nullptr || call.y == nullptr)
    return bad_param("the handle or a descriptor is null");
  require_live_handle(call.name, call.handle);
  require_live(call.name, "RNN descriptor", call.rnn);
  require_live(call.name, "descriptor of x", call.x);
  require_live(call.name, "descriptor of y", call.y);
  cudnnRNNStruct const& rnn = *call.rnn;
  cudnnRNNDataStruct const &x = *call.x, &y = *call.y;
  if (!rnn.is_set) misuse(call.name, "its RNN descriptor has not been set");
  if (x.steps != y.steps || x.batch != y.batch)
    return bad_param("x and y differ in maxSeqLength or batchSize");
  if (x.type != y.type || x.type != rnn.type)
    return bad_param("x, y and the layer have different data types");
  if (x.width != rnn.inputs) return bad_param("the vectorSize of x is not inputSize");
  if (y.width != rnn.directions() * rnn.hidden)
    return bad_param("the vectorSize of y is not the hiddenSize of all directions");
  return {};
}

Refusal check_spaces(RnnCall const& call, LstmSpec const& spec) {
  if (call.weights == nullptr || call.weight_bytes < weight_space_bytes(spec))
    return bad_param("the weight space is null or too small");
  if (call.work == nullptr || call.work_bytes < work_space_bytes(spec, call.is_training))
    return bad_param("the work space is null or too small");
  if (call.is_training &&
      (call.reserve == nullptr || call.reserve_bytes < reserve_space_bytes(spec)))
    return bad_param("the reserve space is null or too small");
  return {};
}

Refusal check_state(RnnCall const& call, State const& state) {
  if (state.data == nullptr) return {};
  if (state.descriptor == nullptr)
    return bad_param(fmt::format("{} has no descriptor", state.what));
  require_live(call.name, "descriptor of a state", state.descriptor);
  std::vector<int> const dims{call.rnn->directions(), call.x->batch, call.rnn->hidden};
  std::vector<int> const strides{dims[1] * dims[2], dims[2], 1};
  cudnnTensorStruct const& tensor = *state.descriptor;
  if (tensor.type != call.rnn->type || tensor.dims != dims || tensor.strides != strides)
    return bad_param(fmt::format("{} is not [{},{},{}] in the data type of the layer", state.what,
                                 dims[0], dims[1], dims[2]));
  return {};
}

}  // namespace

Refusal check_call(RnnCall const& call, std::vector<State> const& states) {
  if (Refusal refusal = check_descriptors(call)) return refusal;
  for (State const& state : states) {
    if (Refusal refusal = check_state(call, state)) return refusal;
  }
  if (Refusal refusal = check_support(*call.rnn, *call.x, call.is_training)) return refusal;
  return check_spaces(call, lstm_spec(*call.rnn, call.x->steps, call.x->batch));
}

}  // namespace cuda_model
