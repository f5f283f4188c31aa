// SPDX-License-Identifier: Apache-2.0
// Which combinations cuDNN's model supports, and sizes. Every rule has a line in REFUSED.md.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <utility>

#include "cuda_model/cudnn_model.h"

namespace cuda_model {
namespace {

std::string environment(char const* name) {
  char const* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

bool rounds_cell() {
  static std::string const cell = environment("CUDA_MODEL_CELL");
  if (cell != "" && cell != "float" && cell != "data_type")
    misuse("CUDA_MODEL_CELL", fmt::format("'{}' is neither 'float' nor 'data_type'", cell));
  return cell == "data_type";
}

bool accepts_all_persistent() {
  static std::string const which = environment("CUDA_MODEL_PERSISTENT");
  if (which != "" && which != "known" && which != "all")
    misuse("CUDA_MODEL_PERSISTENT", fmt::format("'{}' is neither 'known' nor 'all'", which));
  return which == "all";
}

template <class Enum>
bool is_within(Enum value, Enum last) {
  return static_cast<int>(value) >= 0 && value <= last;
}

Refusal check_values(cudnnRNNStruct const& rnn) {
  if (rnn.inputs < 1 || rnn.hidden < 1 || rnn.layers < 1)
    return bad_param("inputSize, hiddenSize and numLayers must be at least 1");
  if (rnn.projection < 1) return bad_param("projSize must be at least 1");
  if ((rnn.flags & ~CUDNN_RNN_PADDED_IO_ENABLED) != 0)
    return bad_param("auxFlags has unknown bits");
  bool const known =
      is_within(rnn.algorithm, CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H) &&
      is_within(rnn.cell, CUDNN_GRU) && is_within(rnn.bias, CUDNN_RNN_SINGLE_REC_BIAS) &&
      is_within(rnn.direction, CUDNN_BIDIRECTIONAL) &&
      is_within(rnn.input_mode, CUDNN_SKIP_INPUT) && is_within(rnn.math, CUDNN_FMA_MATH);
  return known ? Refusal{} : bad_param("an argument is no value of its enumeration");
}

Refusal check_combination(cudnnRNNStruct const& rnn) {
  bool const is_double = rnn.type == CUDNN_DATA_DOUBLE && rnn.precision == CUDNN_DATA_DOUBLE;
  bool const is_half = rnn.type == CUDNN_DATA_HALF && rnn.precision == CUDNN_DATA_HALF;
  bool const is_float = rnn.precision == CUDNN_DATA_FLOAT &&
                        (rnn.type == CUDNN_DATA_FLOAT || rnn.type == CUDNN_DATA_HALF ||
                         rnn.type == CUDNN_DATA_BFLOAT16);
  if (!is_double && !is_half && !is_float)
    return not_supported("dataType and mathPrec do not go together");
  if (rnn.projection > rnn.hidden) return not_supported("projSize is larger than hiddenSize");
  if (rnn.algorithm == CUDNN_RNN_ALGO_STANDARD) return {};
  if (rnn.bias != CUDNN_RNN_DOUBLE_BIAS)
    return not_supported("the persistent algorithms need CUDNN_RNN_DOUBLE_BIAS");
  if (rnn.projection != rnn.hidden)
    return not_supported("the persistent algorithms have no projection");
  if (is_double && rnn.algorithm == CUDNN_RNN_ALGO_PERSIST_STATIC)
    return not_supported("CUDNN_RNN_ALGO_PERSIST_STATIC does not support double");
  return {};
}

void require_modeled(char const* call, cudnnRNNStruct const& rnn) {
  if (rnn.cell != CUDNN_LSTM) not_modeled(call, "a cellMode other than CUDNN_LSTM");
  if (rnn.input_mode != CUDNN_LINEAR_INPUT) not_modeled(call, "CUDNN_SKIP_INPUT");
  if (rnn.precision != CUDNN_DATA_FLOAT) not_modeled(call, "a mathPrec other than float");
  if (rnn.projection != rnn.hidden) not_modeled(call, "a recurrent projection");
  if (rnn.layers != 1) not_modeled(call, "more than one layer");
  if (rnn.flags != CUDNN_RNN_PADDED_IO_ENABLED) not_modeled(call, "CUDNN_RNN_PADDED_IO_DISABLED");
}

/// PERSIST_STATIC, for layers of the size for which PyTorch selects it.
Refusal check_persistent_static(cudnnRNNStruct const& rnn, cudnnRNNDataStruct const& x) {
  constexpr int most_hidden = 1024, hidden_unit = 128, most_batch = 128, tile = 8;
  int const device = capability();
  if (device < 80 || device == 86 || device == 87 || device == 89)
    return not_supported("CUDNN_RNN_ALGO_PERSIST_STATIC is not known to work on this GPU");
  bool const fits =
      rnn.hidden <= most_hidden && rnn.hidden % hidden_unit == 0 && x.batch % tile == 0;
  bool const is_known = fits && rnn.inputs % hidden_unit == 0 && x.batch <= most_batch &&
                        rnn.type == CUDNN_DATA_HALF && rnn.directions() == 1;
  bool const is_wanted = fits && rnn.inputs % tile == 0 && accepts_all_persistent();
  if (is_known || is_wanted) return {};
  return not_supported("CUDNN_RNN_ALGO_PERSIST_STATIC is not known to support this layer");
}

Refusal check_persistent_small(cudnnRNNStruct const& rnn, bool is_training) {
  int const most = is_training ? 128 : 192;
  if (rnn.hidden <= most) return {};
  return not_supported(fmt::format(
      "CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H is only known to support H up to {}", most));
}

std::size_t rounded_up(std::size_t bytes) { return (bytes + 31) / 32 * 32; }

}  // namespace

Refusal check_rnn(char const* call, cudnnRNNStruct const& rnn) {
  if (Refusal refusal = check_values(rnn)) return refusal;
  if (Refusal refusal = check_combination(rnn)) return refusal;
  require_modeled(call, rnn);
  return {};
}

Refusal check_support(cudnnRNNStruct const& rnn, cudnnRNNDataStruct const& x, bool is_training) {
  if (rnn.type == CUDNN_DATA_BFLOAT16 && capability() < 80)
    return not_supported("bfloat16 needs compute capability 8.0");
  std::size_t const gates = lstm_spec(rnn, x.steps, x.batch).gates() *
                            static_cast<std::size_t>(x.steps) * static_cast<std::size_t>(x.batch) *
                            static_cast<std::size_t>(rnn.directions());
  if (gates > std::numeric_limits<std::int32_t>::max())
    return not_supported(
        fmt::format("{} gates are not known to be supported (2^31 or more)", gates));
  switch (rnn.algorithm) {
    case CUDNN_RNN_ALGO_PERSIST_STATIC:
      return check_persistent_static(rnn, x);
    case CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H:
      return check_persistent_small(rnn, is_training);
    case CUDNN_RNN_ALGO_PERSIST_DYNAMIC:
      return not_supported("CUDNN_RNN_ALGO_PERSIST_DYNAMIC needs a plan (cudnnBuildRNNDynamic)");
    default:
      return {};
  }
}

LstmSpec lstm_spec(cudnnRNNStruct const& rnn, int steps, int batch) {
  LstmSpec spec;
  spec.steps = static_cast<std::size_t>(steps), spec.batch = static_cast<std::size_t>(batch);
  spec.inputs = static_cast<std::size_t>(rnn.inputs);
  spec.hidden = static_cast<std::size_t>(rnn.hidden);
  spec.directions = static_cast<std::size_t>(rnn.directions());
  spec.format = rnn.type == CUDNN_DATA_FLOAT  ? FloatFormat::f32
                : rnn.type == CUDNN_DATA_HALF ? FloatFormat::f16
                                              : FloatFormat::bf16;
  bool const has_both = rnn.bias == CUDNN_RNN_DOUBLE_BIAS;
  spec.has_input_bias = has_both || rnn.bias == CUDNN_RNN_SINGLE_INP_BIAS;
  spec.has_recurrent_bias = has_both || rnn.bias == CUDNN_RNN_SINGLE_REC_BIAS;
  spec.rounds_cell = rounds_cell();
  return spec;
}

std::size_t weight_space_bytes(LstmSpec const& spec) {
  return LstmWeights(spec).count * bytes_of(spec.format);
}

std::size_t work_space_bytes(LstmSpec const& spec, bool is_training) {
  constexpr std::size_t product_bytes = std::size_t{8} << 20, slack = 256;
  std::size_t const rows = spec.steps * spec.batch, inputs = spec.inputs, hidden = spec.hidden;
  std::size_t const state = spec.batch * hidden;
  bool const is_single = spec.directions == 1;
  std::size_t elements = is_single ? rows * (inputs + 5 * hidden) + 10 * state
                                   : rows * (inputs + 14 * hidden) + 24 * state;
  if (is_training) {
    std::size_t const of_data = is_single ? rows * (2 * inputs + 4 * hidden) + 11 * state : 0;
    std::size_t const of_weights = is_single ? rows * 3 * (inputs + hidden) + 11 * state
                                             : rows * 6 * (inputs + hidden) + 26 * state;
    elements = std::max({elements, of_data, of_weights});
  }
  elements += spec.directions * spec.gates() * (inputs + hidden);
  return rounded_up(elements * bytes_of(spec.format)) +
         rounded_up(2 * sizeof(std::int32_t) * spec.batch) + spec.directions * product_bytes +
         slack;
}

std::size_t reserve_space_bytes(LstmSpec const& spec) {
  constexpr std::size_t slack = 256;
  std::size_t const cells = spec.steps * spec.state_count() * bytes_of(spec.format);
  return rounded_up(4 * cells) + rounded_up(cells) + slack;
}

}  // namespace cuda_model
