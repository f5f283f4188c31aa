// SPDX-License-Identifier: Apache-2.0
// The entry points of cuDNN that compute: cudnnRNNForward, cudnnRNNBackwardData_v8 and
// cudnnRNNBackwardWeights_v8 for one LSTM layer.
#include <cstring>
#include <memory>
#include <utility>

#include "cuda_model/rnn_call.h"
#include "cuda_model/rnn_passes.h"
#include "cuda_model/split_call.h"

namespace cuda_model {
namespace {

/// The sizes of the arrays of a layer in bytes.
struct Sizes {
  explicit Sizes(LstmSpec const& spec)
      : x(spec.steps * spec.batch * spec.inputs * bytes_of(spec.format)),
        y(spec.steps * spec.batch * spec.outputs() * bytes_of(spec.format)),
        state(spec.state_count() * bytes_of(spec.format)),
        weights(weight_space_bytes(spec)),
        reserve(reserve_space_bytes(spec)) {}
  std::size_t x, y, state, weights, reserve;
};

MemoryUse state_use(char const* what, void const* data, std::size_t bytes, Access access) {
  return {what, data, data == nullptr ? 0 : bytes, access};
}

/// The uses that all calls have: lengths, and the work space.
std::vector<MemoryUse> common_uses(RnnCall const& call) {
  std::size_t const bytes =
      call.lengths == nullptr ? 0 : sizeof(std::int32_t) * static_cast<std::size_t>(call.x->batch);
  return {{"devSeqLengths", call.lengths, bytes, Access::read, alignof(std::int32_t)},
          {"workSpace", call.work, call.work_bytes, Access::work}};
}

void require_lengths(char const* call, std::int32_t const* lengths, LstmSpec const& spec) {
  if (lengths == nullptr) return;
  for (std::size_t n = 0; n < spec.batch; ++n) {
    if (static_cast<std::size_t>(lengths[n]) != spec.steps)
      misuse(call, fmt::format("devSeqLengths[{}] is {}, not {} as in the descriptor of x", n,
                               lengths[n], spec.steps));
  }
}

/// A result between the two operations of a call.
class Result {
 public:
  Result(void* target, std::size_t bytes)
      : target_(target), bytes_(target == nullptr ? 0 : bytes) {}
  /// Where to compute it; null if nobody wants it.
  void* prepare() {
    values_.assign(bytes_, std::byte{});
    return target_ == nullptr ? nullptr : values_.data();
  }
  /// The same, with the present contents of the target.
  void* prepare_update() {
    void* const values = prepare();
    if (values != nullptr) std::memcpy(values, target_, bytes_);
    return values;
  }
  void deliver() const {
    if (target_ != nullptr) std::memcpy(target_, values_.data(), bytes_);
  }

 private:
  void* target_;
  std::size_t bytes_;
  std::vector<std::byte> values_;
};

using Results = std::shared_ptr<std::vector<Result>>;
Results results(std::vector<Result> all) {
  return std::make_shared<std::vector<Result>>(std::move(all));
}
void deliver(Results const& all) {
  for (Result const& result : *all) result.deliver();
}

/// The arguments of cudnnRNNForward that no other call has.
struct ForwardArrays {
  void const *x, *hx, *cx;
  void *y, *hy, *cy;
};

void enqueue_forward(RnnCall const& call, ForwardArrays const& arrays) {
  LstmSpec const spec = lstm_spec(*call.rnn, call.x->steps, call.x->batch);
  Sizes const sizes(spec);
  cudnnRNNAlgo_t const algorithm = call.rnn->algorithm;
  void* const reserve = call.is_training ? call.reserve : nullptr;
  SplitCall split{call.name, common_uses(call), {}, {}};
  for (MemoryUse const& use : std::initializer_list<MemoryUse>{
           {"x", arrays.x, sizes.x, Access::read},
           {"weightSpace", call.weights, sizes.weights, Access::read},
           state_use("hx", arrays.hx, sizes.state, Access::read),
           state_use("cx", arrays.cx, sizes.state, Access::read),
           {"y", arrays.y, sizes.y, Access::write},
           state_use("hy", arrays.hy, sizes.state, Access::write),
           state_use("cy", arrays.cy, sizes.state, Access::write),
           state_use("reserveSpace", reserve, sizes.reserve, Access::write)})
    split.uses.push_back(use);
  require_arrays(call.name, split.uses);
  Results const all = results({{arrays.y, sizes.y},
                               {arrays.hy, sizes.state},
                               {arrays.cy, sizes.state},
                               {reserve, sizes.reserve}});
  split.start = [=] {
    require_lengths(call.name, call.lengths, spec);
    lstm_forward(spec, {arrays.x, call.weights, arrays.hx, arrays.cx, (*all)[0].prepare(),
                        (*all)[1].prepare(), (*all)[2].prepare(), (*all)[3].prepare()});
  };
  split.finish = [=] {
    deliver(all);
    if (reserve == nullptr) return;
    RnnPass pass{RnnPass::Stage::forward, spec, algorithm, {}};
    note_array(pass, "x", arrays.x, sizes.x);
    note_array(pass, "y", arrays.y, sizes.y);
    note_array(pass, "hx", arrays.hx, sizes.state);
    note_array(pass, "cx", arrays.cx, sizes.state);
    note_array(pass, "weightSpace", call.weights, sizes.weights);
    note_array(pass, "reserveSpace", reserve, sizes.reserve);
    begin_pass(reserve, std::move(pass));
  };
  enqueue_split(call.handle->stream, std::move(split));
}

/// The arguments of cudnnRNNBackwardData_v8 that no other call has.
struct BackwardArrays {
  void const *y, *dy, *hx, *cx, *dhy, *dcy;
  void *dx, *dhx, *dcx;
};

std::vector<MemoryUse> backward_data_uses(RnnCall const& call, BackwardArrays const& arrays,
                                          Sizes const& sizes) {
  std::vector<MemoryUse> uses = common_uses(call);
  for (MemoryUse const& use : std::initializer_list<MemoryUse>{
           {"y", arrays.y, sizes.y, Access::read},
           {"dy", arrays.dy, sizes.y, Access::read},
           {"weightSpace", call.weights, sizes.weights, Access::read},
           state_use("hx", arrays.hx, sizes.state, Access::read),
           state_use("cx", arrays.cx, sizes.state, Access::read),
           state_use("dhy", arrays.dhy, sizes.state, Access::read),
           state_use("dcy", arrays.dcy, sizes.state, Access::read),
           {"dx", arrays.dx, sizes.x, Access::write},
           state_use("dhx", arrays.dhx, sizes.state, Access::write),
           state_use("dcx", arrays.dcx, sizes.state, Access::write),
           {"reserveSpace", call.reserve, sizes.reserve, Access::update}})
    uses.push_back(use);
  return uses;
}

void enqueue_backward_data(RnnCall const& call, BackwardArrays const& arrays) {
  LstmSpec const spec = lstm_spec(*call.rnn, call.x->steps, call.x->batch);
  Sizes const sizes(spec);
  cudnnRNNAlgo_t const algorithm = call.rnn->algorithm;
  SplitCall split{call.name, backward_data_uses(call, arrays, sizes), {}, {}};
  require_arrays(call.name, split.uses);
  Results const all = results({{arrays.dx, sizes.x},
                               {arrays.dhx, sizes.state},
                               {arrays.dcx, sizes.state},
                               {call.reserve, sizes.reserve}});
  split.start = [=] {
    require_lengths(call.name, call.lengths, spec);
    RnnPass const& pass =
        require_pass(call.name, call.reserve, RnnPass::Stage::forward, spec, algorithm);
    require_array(call.name, pass, "y", arrays.y);
    require_array(call.name, pass, "hx", arrays.hx);
    require_array(call.name, pass, "cx", arrays.cx);
    require_array(call.name, pass, "weightSpace", call.weights);
    require_array(call.name, pass, "reserveSpace", call.reserve);
    lstm_backward_data(
        spec, {arrays.dy, call.weights, arrays.cx, arrays.dhy, arrays.dcy, (*all)[0].prepare(),
               (*all)[1].prepare(), (*all)[2].prepare(), (*all)[3].prepare_update()});
  };
  split.finish = [=] {
    deliver(all);
    RnnPass& pass = require_pass(call.name, call.reserve, RnnPass::Stage::forward, spec, algorithm);
    pass.stage = RnnPass::Stage::data;
    note_array(pass, "reserveSpace", call.reserve, sizes.reserve);
  };
  enqueue_split(call.handle->stream, std::move(split));
}

void enqueue_backward_weights(RnnCall const& call, void const* x, void const* hx, void const* y) {
  LstmSpec const spec = lstm_spec(*call.rnn, call.x->steps, call.x->batch);
  Sizes const sizes(spec);
  cudnnRNNAlgo_t const algorithm = call.rnn->algorithm;
  SplitCall split{call.name, common_uses(call), {}, {}};
  for (MemoryUse const& use : std::initializer_list<MemoryUse>{
           {"x", x, sizes.x, Access::read},
           {"y", y, sizes.y, Access::read},
           state_use("hx", hx, sizes.state, Access::read),
           {"reserveSpace", call.reserve, sizes.reserve, Access::read},
           {"dweightSpace", call.weights, sizes.weights, Access::update}})
    split.uses.push_back(use);
  require_arrays(call.name, split.uses);
  Results const all = results({{const_cast<void*>(call.weights), sizes.weights}});
  split.start = [=] {
    require_lengths(call.name, call.lengths, spec);
    RnnPass const& pass =
        require_pass(call.name, call.reserve, RnnPass::Stage::data, spec, algorithm);
    require_array(call.name, pass, "x", x);
    require_array(call.name, pass, "y", y);
    require_array(call.name, pass, "hx", hx);
    require_array(call.name, pass, "reserveSpace", call.reserve);
    lstm_backward_weights(spec, {x, y, hx, call.reserve, (*all)[0].prepare_update()});
  };
  split.finish = [=] {
    deliver(all);
    require_pass(call.name, call.reserve, RnnPass::Stage::data, spec, algorithm).stage =
        RnnPass::Stage::weights;
  };
  enqueue_split(call.handle->stream, std::move(split));
}

}  // namespace
}  // namespace cuda_model

using namespace cuda_model;

extern "C" {

cudnnStatus_t cudnnRNNForward(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn,
                              cudnnForwardMode_t mode, int32_t const lengths[],
                              cudnnRNNDataDescriptor_t x_descriptor, void const* x,
                              cudnnRNNDataDescriptor_t y_descriptor, void* y,
                              cudnnTensorDescriptor_t h_descriptor, void const* hx, void* hy,
                              cudnnTensorDescriptor_t c_descriptor, void const* cx, void* cy,
                              size_t weight_bytes, void const* weights, size_t work_bytes,
                              void* work, size_t reserve_bytes, void* reserve) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (mode != CUDNN_FWD_MODE_INFERENCE && mode != CUDNN_FWD_MODE_TRAINING)
    misuse(__func__, "fwdMode is no value of its enumeration");
  RnnCall const call{__func__,
                     handle,
                     rnn,
                     lengths,
                     x_descriptor,
                     y_descriptor,
                     weight_bytes,
                     weights,
                     work_bytes,
                     work,
                     reserve_bytes,
                     reserve,
                     mode == CUDNN_FWD_MODE_TRAINING};
  std::vector<State> const states{{"hx", h_descriptor, hx},
                                  {"hy", h_descriptor, hy},
                                  {"cx", c_descriptor, cx},
                                  {"cy", c_descriptor, cy}};
  if (Refusal refusal = check_call(call, states)) return refuse(refusal);
  enqueue_forward(call, {x, hx, cx, y, hy, cy});
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNBackwardData_v8(
    cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, int32_t const lengths[],
    cudnnRNNDataDescriptor_t y_descriptor, void const* y, void const* dy,
    cudnnRNNDataDescriptor_t x_descriptor, void* dx, cudnnTensorDescriptor_t h_descriptor,
    void const* hx, void const* dhy, void* dhx, cudnnTensorDescriptor_t c_descriptor,
    void const* cx, void const* dcy, void* dcx, size_t weight_bytes, void const* weights,
    size_t work_bytes, void* work, size_t reserve_bytes, void* reserve) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  RnnCall const call{__func__,      handle,       rnn,     lengths,    x_descriptor,
                     y_descriptor,  weight_bytes, weights, work_bytes, work,
                     reserve_bytes, reserve,      true};
  std::vector<State> const states{{"hx", h_descriptor, hx},   {"dhy", h_descriptor, dhy},
                                  {"dhx", h_descriptor, dhx}, {"cx", c_descriptor, cx},
                                  {"dcy", c_descriptor, dcy}, {"dcx", c_descriptor, dcx}};
  if (Refusal refusal = check_call(call, states)) return refuse(refusal);
  enqueue_backward_data(call, {y, dy, hx, cx, dhy, dcy, dx, dhx, dcx});
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNBackwardWeights_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn,
                                         cudnnWgradMode_t mode, int32_t const lengths[],
                                         cudnnRNNDataDescriptor_t x_descriptor, void const* x,
                                         cudnnTensorDescriptor_t h_descriptor, void const* hx,
                                         cudnnRNNDataDescriptor_t y_descriptor, void const* y,
                                         size_t weight_bytes, void* d_weights, size_t work_bytes,
                                         void* work, size_t reserve_bytes, void* reserve) {
  if (int const status = injected_status(__func__)) return refuse_injected(status);
  if (mode == CUDNN_WGRAD_MODE_SET)
    return refuse(not_supported("CUDNN_WGRAD_MODE_SET; only CUDNN_WGRAD_MODE_ADD is supported"));
  if (mode != CUDNN_WGRAD_MODE_ADD)
    return refuse(bad_param("addGrad is no value of its enumeration"));
  RnnCall const call{__func__,      handle,       rnn,       lengths,    x_descriptor,
                     y_descriptor,  weight_bytes, d_weights, work_bytes, work,
                     reserve_bytes, reserve,      true};
  if (Refusal refusal = check_call(call, {{"hx", h_descriptor, hx}})) return refuse(refusal);
  enqueue_backward_weights(call, x, hx, y);
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
