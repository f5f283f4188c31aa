// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/lstm_onednn.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "backend/cpu/lstm_onednn_plan.h"
#include "backend/cpu/threads.h"
#include "backend/lstm_arguments.h"

namespace moneta::cpu {
namespace {

/// oneDNN takes void* even for data that it only reads.
dnnl::memory view(dnnl::memory::desc const& desc, dnnl::engine const& engine, void const* data) {
  return {desc, engine, const_cast<void*>(data)};
}

class OnednnLstm : public LstmLayer {
 public:
  OnednnLstm(LstmShape const& shape, std::size_t threads)
      : shape_(shape), threads_(threads), plan_(shape, threads) {
    with_onednn("create an LSTM layer", [&] { make_primitives(); });
  }

  void load_parameters(DeviceSpan<float const> parameters) override {
    check_load_parameters(shape_, parameters);
    unpack(parameters.data());
    ThreadCount const threads(threads_);
    with_onednn("pack the weights of an LSTM layer", [&] {
      reorder(plain_input_, input_);
      reorder(plain_recurrent_, recurrent_);
      if (shape_.training) {
        reorder(plain_input_, backward_input_);
        reorder(plain_recurrent_, backward_recurrent_);
      }
      stream_.wait();
    });
  }

  void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
               DeviceSpan<std::byte> scratch) override {
    check_lstm_forward(shape_, plan_.bytes, x, y, workspace, scratch);
    ThreadCount const threads(threads_);
    with_onednn("run an LSTM layer forward", [&] {
      auto arguments = shared_arguments(x, y, scratch);
      arguments.insert({DNNL_ARG_WEIGHTS_LAYER, input_});
      arguments.insert({DNNL_ARG_WEIGHTS_ITER, recurrent_});
      if (shape_.training) arguments.insert({DNNL_ARG_WORKSPACE, workspace_view(workspace)});
      forward_.execute(stream_, arguments);
      stream_.wait();
    });
  }

  void backward(Activations x, Activations y, Activations dy, DeviceSpan<std::byte> workspace,
                DeviceSpan<std::byte> scratch, Activations dx,
                DeviceSpan<float> d_parameters) override {
    check_lstm_backward(shape_, plan_.bytes, Precision::f32, x, y, dy, workspace, scratch, dx,
                        d_parameters);
    ThreadCount const threads(threads_);
    with_onednn("run an LSTM layer backward", [&] {
      run_backward(x, y, dy, workspace, scratch, dx.data);
      reorder(d_input_, plain_input_);
      reorder(d_recurrent_, plain_recurrent_);
      stream_.wait();
    });
    add_gradients(d_parameters.data());
  }

 private:
  using Arguments = std::unordered_map<int, dnnl::memory>;

  void make_primitives() {
    ThreadCount const threads(threads_);
    forward_ = dnnl::lstm_forward(plan_.forward);
    stream_ = dnnl::stream(plan_.engine);
    auto const make = [&](dnnl::memory::desc const& desc) {
      return dnnl::memory(desc, plan_.engine);
    };
    plain_input_ = make(plan_.descs.plain_input);
    plain_recurrent_ = make(plan_.descs.plain_recurrent);
    bias_ = make(plan_.descs.bias);
    input_ = make(plan_.forward.weights_layer_desc());
    recurrent_ = make(plan_.forward.weights_iter_desc());
    start_h_ = make(plan_.descs.start_h);
    start_c_ = make(plan_.descs.start_c);
    for (dnnl::memory* const start : {&start_h_, &start_c_}) set_zero(*start);
    if (!shape_.training) return;
    d_start_h_ = make(plan_.descs.d_start);
    d_start_c_ = make(plan_.descs.d_start);
    backward_ = dnnl::lstm_backward(plan_.backward);
    backward_input_ = make(plan_.backward.weights_layer_desc());
    backward_recurrent_ = make(plan_.backward.weights_iter_desc());
    d_input_ = make(plan_.backward.diff_weights_layer_desc());
    d_recurrent_ = make(plan_.backward.diff_weights_iter_desc());
    d_bias_ = make(plan_.descs.bias);
  }

  void reorder(dnnl::memory from, dnnl::memory to) {
    dnnl::reorder(from, to).execute(stream_, from, to);
  }

  dnnl::memory workspace_view(DeviceSpan<std::byte> workspace) const {
    return view(plan_.forward.workspace_desc(), plan_.engine, workspace.data());
  }

  Arguments shared_arguments(Activations const& x, Activations const& y,
                             DeviceSpan<std::byte> scratch) const {
    return {
        {DNNL_ARG_SRC_LAYER, view(plan_.descs.x, plan_.engine, x.data)},
        {DNNL_ARG_DST_LAYER, view(plan_.descs.y, plan_.engine, y.data)},
        {DNNL_ARG_SRC_ITER, start_h_},
        {DNNL_ARG_SRC_ITER_C, start_c_},
        {DNNL_ARG_BIAS, bias_},
        {DNNL_ARG_SCRATCHPAD, view(plan_.forward.scratchpad_desc(), plan_.engine, scratch.data())}};
  }

  void run_backward(Activations const& x, Activations const& y, Activations const& dy,
                    DeviceSpan<std::byte> workspace, DeviceSpan<std::byte> scratch, void* dx) {
    for (dnnl::memory* const sum : {&d_input_, &d_recurrent_, &d_bias_})  // oneDNN adds to them
      set_zero(*sum);
    if (!shape_.input_gradient) dx = scratch.data() + plan_.scratchpad_bytes;
    auto arguments = shared_arguments(x, y, scratch);
    arguments[DNNL_ARG_SCRATCHPAD] =
        view(plan_.backward.scratchpad_desc(), plan_.engine, scratch.data());
    arguments.insert({DNNL_ARG_WEIGHTS_LAYER, backward_input_});
    arguments.insert({DNNL_ARG_WEIGHTS_ITER, backward_recurrent_});
    arguments.insert({DNNL_ARG_WORKSPACE, workspace_view(workspace)});
    arguments.insert({DNNL_ARG_DIFF_DST_LAYER, view(plan_.descs.dy, plan_.engine, dy.data)});
    arguments.insert({DNNL_ARG_DIFF_SRC_LAYER, view(plan_.descs.dx, plan_.engine, dx)});
    arguments.insert({DNNL_ARG_DIFF_WEIGHTS_LAYER, d_input_});
    arguments.insert({DNNL_ARG_DIFF_WEIGHTS_ITER, d_recurrent_});
    arguments.insert({DNNL_ARG_DIFF_BIAS, d_bias_});
    arguments.insert({DNNL_ARG_DIFF_SRC_ITER, d_start_h_});
    arguments.insert({DNNL_ARG_DIFF_SRC_ITER_C, d_start_c_});
    backward_.execute(stream_, arguments);
    stream_.wait();
  }

  static void set_zero(dnnl::memory& memory) {
    std::memset(memory.get_data_handle(), 0, memory.get_desc().get_size());
  }
  static float* values(dnnl::memory const& memory) {
    return static_cast<float*>(memory.get_data_handle());
  }

  /// Copies our parameters to oneDNN's plain arrays, with zero columns for the padding of x.
  void unpack(float const* parameters) {
    std::size_t const gates = 4 * shape_.hidden, used = shape_.weight_inputs;
    for (std::size_t d = 0; d < shape_.directions; ++d) {
      for (std::size_t row = 0; row < gates; ++row) {
        float* const to = values(plain_input_) + (d * gates + row) * shape_.inputs;
        std::fill(std::copy_n(parameters + row * used, used, to), to + shape_.inputs, 0.0f);
      }
      parameters += gates * used;
      std::copy_n(parameters, gates * shape_.hidden,
                  values(plain_recurrent_) + d * gates * shape_.hidden);
      parameters += gates * shape_.hidden;
      std::copy_n(parameters, gates, values(bias_) + d * gates);
      parameters += gates;
    }
  }

  /// Adds the plain gradients to d_parameters, without the columns of the padding.
  void add_gradients(float* d_parameters) const {
    std::size_t const gates = 4 * shape_.hidden;
    auto const add = [&](float const* from, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) d_parameters[i] += from[i];
      d_parameters += count;
    };
    for (std::size_t d = 0; d < shape_.directions; ++d) {
      for (std::size_t row = d * gates; row < (d + 1) * gates; ++row)
        add(values(plain_input_) + row * shape_.inputs, shape_.weight_inputs);
      add(values(plain_recurrent_) + d * gates * shape_.hidden, gates * shape_.hidden);
      add(values(d_bias_) + d * gates, gates);
    }
  }

  LstmShape shape_;
  std::size_t threads_;
  OnednnPlan plan_;
  dnnl::lstm_forward forward_;
  dnnl::lstm_backward backward_;
  dnnl::stream stream_;
  dnnl::memory start_h_, start_c_, d_start_h_, d_start_c_;
  dnnl::memory plain_input_, plain_recurrent_, bias_;
  dnnl::memory input_, recurrent_, backward_input_, backward_recurrent_;
  dnnl::memory d_input_, d_recurrent_, d_bias_;
};

}  // namespace

std::unique_ptr<LstmLayer> make_onednn_lstm(LstmShape const& shape, std::size_t threads) {
  return std::make_unique<OnednnLstm>(shape, threads);
}

LstmBytes onednn_lstm_bytes(LstmShape const& shape, std::size_t threads) {
  return OnednnPlan(shape, threads).bytes;
}

}  // namespace moneta::cpu
