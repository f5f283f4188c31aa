// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "backend/cpu/memory.h"
#include "backend/cpu/onednn.h"
#include "backend/cpu/threads.h"
#include "backend/lstm.h"

/// The oneDNN descriptors of an LSTM layer and their sizes; allocates nothing.
namespace moneta::cpu {

inline dnnl::memory::data_type data_type(Precision precision) {
  return precision == Precision::f32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}

/// The arrays of one layer as oneDNN sees them; l = 1 layer, d directions, g = 4 gates,
/// i inputs, o outputs, t steps, n windows, c channels.
struct OnednnArrays {
  using Desc = dnnl::memory::desc;
  using Dims = dnnl::memory::dims;
  using Format = dnnl::memory::format_tag;

  Desc x, y, dx, dy;                        // tnc
  Desc start_h, start_c, d_start;           // ldnc
  Desc input, recurrent;                    // in the layout that the primitive prefers
  Desc d_input, d_recurrent;                // the same, in f32
  Desc plain_input, plain_recurrent, bias;  // ldgoi like PyTorch's rows, and ldgo; f32

  explicit OnednnArrays(LstmShape const& shape) {
    auto const size = [](std::size_t value) { return static_cast<dnnl::memory::dim>(value); };
    auto const f32 = dnnl::memory::data_type::f32;
    auto const type = data_type(shape.precision);
    auto const d = size(shape.directions), h = size(shape.hidden);
    Dims const x_dims{size(shape.steps), size(shape.batch), size(shape.inputs)};
    Dims const y_dims{size(shape.steps), size(shape.batch), size(shape.outputs())};
    Dims const input_dims{1, d, size(shape.inputs), 4, h};
    Dims const recurrent_dims{1, d, h, 4, h};
    x = Desc(x_dims, type, Format::tnc);
    y = Desc(y_dims, type, Format::tnc);
    dx = Desc(x_dims, f32, Format::tnc);
    dy = Desc(y_dims, f32, Format::tnc);
    Dims const state_dims{1, d, size(shape.batch), h};
    start_h = Desc(state_dims, type, Format::ldnc);
    start_c = Desc(state_dims, f32, Format::ldnc);
    d_start = Desc(state_dims, f32, Format::ldnc);
    input = Desc(input_dims, type, Format::any);
    recurrent = Desc(recurrent_dims, type, Format::any);
    d_input = Desc(input_dims, f32, Format::any);
    d_recurrent = Desc(recurrent_dims, f32, Format::any);
    plain_input = Desc(input_dims, f32, Format::ldgoi);
    plain_recurrent = Desc(recurrent_dims, f32, Format::ldgoi);
    bias = Desc({1, d, 4, h}, f32, Format::ldgo);
  }
};

/// The primitives for a shape, and the memory that they need.
struct OnednnPlan {
  using Forward = dnnl::lstm_forward;
  using Backward = dnnl::lstm_backward;

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  OnednnArrays descs;
  Forward::primitive_desc forward;
  Backward::primitive_desc backward;  // training only
  LstmBytes bytes;
  std::size_t scratchpad_bytes = 0;  // the rest of the scratch is for a dx that is not needed

  OnednnPlan(LstmShape const& shape, std::size_t threads) : descs(shape) {
    ThreadCount const count(threads);
    with_onednn(fmt::format("plan an LSTM layer in {}", to_string(shape.precision)),
                [&] { describe(shape); });
    scratchpad_bytes = forward.scratchpad_desc().get_size();
    bytes.packed_weights = descs.plain_input.get_size() + descs.plain_recurrent.get_size() +
                           descs.bias.get_size() + forward.weights_layer_desc().get_size() +
                           forward.weights_iter_desc().get_size() + descs.start_h.get_size() +
                           descs.start_c.get_size();
    if (shape.training) {
      scratchpad_bytes = std::max(scratchpad_bytes, backward.scratchpad_desc().get_size());
      bytes.packed_weights += backward.weights_layer_desc().get_size() +
                              backward.weights_iter_desc().get_size() +
                              backward.diff_weights_layer_desc().get_size() +
                              backward.diff_weights_iter_desc().get_size() + descs.bias.get_size() +
                              2 * descs.d_start.get_size();
      bytes.workspace = forward.workspace_desc().get_size();
    }
    scratchpad_bytes = aligned_bytes(scratchpad_bytes);
    // oneDNN always computes dx.
    bool const is_dx_discarded = shape.training && !shape.input_gradient;
    bytes.scratch = scratchpad_bytes + (is_dx_discarded ? descs.dx.get_size() : 0);
  }

 private:
  void describe(LstmShape const& shape) {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    auto const direction = shape.directions == 2 ? dnnl::rnn_direction::bidirectional_concat
                                                 : dnnl::rnn_direction::unidirectional_left2right;
    auto const kind =
        shape.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    // The initial h and c are passed although they are 0: without them, oneDNN 2.6.3 computes the
    // gradient of one direction's recurrent weights from h of the wrong step. The final h and c are
    // not requested.
    OnednnArrays::Desc const none;
    OnednnArrays const& d = descs;
    forward = describe_forward<Forward>(engine, attributes, kind, direction, d.x, d.start_h,
                                        d.start_c, d.input, d.recurrent, d.bias, d.y, none, none);
    if (shape.training)
      backward = describe_backward<Backward>(
          engine, attributes, forward, dnnl::prop_kind::backward, direction, d.x, d.start_h,
          d.start_c, d.input, d.recurrent, d.bias, d.y, none, none, d.dx, d.d_start, d.d_start,
          d.d_input, d.d_recurrent, d.bias, d.dy, none, none);
  }
};

}  // namespace moneta::cpu
