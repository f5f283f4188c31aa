// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/recurrent_bias.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace moneta {
namespace {

constexpr std::string_view input_prefix = "bias_ih_", recurrent_prefix = "bias_hh_";

/// Where the last part of a name begins: 11 for "encoder.1m.bias_ih_l0".
std::size_t last_part(std::string const& name) {
  std::size_t const dot = name.rfind('.');
  return dot == std::string::npos ? 0 : dot + 1;
}

}  // namespace

std::string recurrent_bias_name(std::string const& parameter) {
  std::size_t const at = last_part(parameter);
  if (!std::string_view(parameter).substr(at).starts_with(input_prefix)) return "";
  return std::string(parameter).replace(at, input_prefix.size(), recurrent_prefix);
}

bool is_recurrent_bias(std::string const& tensor) {
  return std::string_view(tensor).substr(last_part(tensor)).starts_with(recurrent_prefix);
}

std::size_t check_recurrent_biases(SafetensorsFile const& tensors,
                                   std::vector<ParameterSlice> const& slices,
                                   std::string const& file) {
  std::size_t count = 0;
  for (ParameterSlice const& slice : slices) {
    std::string const name = recurrent_bias_name(slice.name);
    TensorEntry const* const zeros = name.empty() ? nullptr : tensors.find(name);
    if (zeros == nullptr) continue;
    ++count;
    MONETA_REQUIRE(zeros->shape == slice.shape && zeros->dtype == "F32", data,
                   "{}: tensor '{}' is not float32 with the shape of '{}'. Is it damaged?", file,
                   sanitized(zeros->name), sanitized(slice.name));
    std::vector<float> values(zeros->elements);
    tensors.read(*zeros, std::span(values));
    MONETA_REQUIRE(
        std::all_of(values.begin(), values.end(), [](float value) { return value == 0; }), data,
        "{}: tensor '{}' is not 0 (the model has one bias per gate). Was the file written by another program? Add the tensor to '{}' and set it to 0",
        file, sanitized(zeros->name), sanitized(slice.name));
  }
  for (TensorEntry const& tensor : tensors.tensors()) {
    if (!is_recurrent_bias(tensor.name) || tensor.name.starts_with("optim.")) continue;
    bool const belongs = std::any_of(slices.begin(), slices.end(), [&](auto const& slice) {
      return recurrent_bias_name(slice.name) == tensor.name;
    });
    MONETA_REQUIRE(belongs, data, "{} has the tensor '{}' without a bias_ih. Is it damaged?", file,
                   sanitized(tensor.name));
  }
  return count;
}

}  // namespace moneta
