// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/error.h"
#include "base/text.h"
#include "checkpoint/metadata.h"
#include "checkpoint/recurrent_bias.h"
#include "checkpoint/validate.h"
#include "io/file.h"
#include "io/safetensors.h"

namespace moneta {

namespace {

constexpr char const* m_prefix = "optim.m.";
constexpr char const* v_prefix = "optim.v.";

/// The name, with `prefix`, of the first slice with a value that is not finite; empty if there is
/// none.
std::string not_finite(std::vector<ParameterSlice> const& slices, std::span<float const> values,
                       std::string const& prefix) {
  // x - x is 0 for a finite x and NaN otherwise. Independent partial sums let the compiler
  // vectorize the loop, which matters for hundreds of megabytes.
  auto const all_finite = [](std::span<float const> part) {
    float sum[16] = {};
    for (std::size_t i = 0; i < part.size(); ++i) sum[i % 16] += part[i] - part[i];
    return std::all_of(std::begin(sum), std::end(sum), [](float each) { return each == 0; });
  };
  for (ParameterSlice const& slice : slices) {
    if (!all_finite(values.subspan(slice.offset, slice.size))) return prefix + slice.name;
  }
  return "";
}

std::string not_finite(CoinStateView const& state) {
  std::vector<ParameterSlice> const& slices = state.header.slices;
  std::string name = not_finite(slices, state.params, "");
  if (name.empty()) name = not_finite(slices, state.m, m_prefix);
  if (name.empty()) name = not_finite(slices, state.v, v_prefix);
  return name;
}

/// Zeros for the largest recurrent bias; see recurrent_bias.h.
std::vector<float> zeros_for(std::vector<ParameterSlice> const& slices) {
  std::size_t largest = 0;
  for (ParameterSlice const& slice : slices) {
    if (!recurrent_bias_name(slice.name).empty()) largest = std::max(largest, slice.size);
  }
  return std::vector<float>(largest);
}

std::vector<TensorView> views_of(CoinStateView const& state, std::span<float const> zeros) {
  std::vector<TensorView> views;
  auto const add = [&](std::string const& prefix, std::span<float const> values) {
    for (ParameterSlice const& slice : state.header.slices) {
      views.push_back({prefix + slice.name, "F32", slice.shape,
                       std::as_bytes(values.subspan(slice.offset, slice.size))});
      std::string const recurrent_bias = recurrent_bias_name(slice.name);
      if (prefix.empty() && !recurrent_bias.empty()) {
        views.push_back(
            {recurrent_bias, "F32", slice.shape, std::as_bytes(zeros.first(slice.size))});
      }
    }
  };
  add("", state.params);
  add(m_prefix, state.m);
  add(v_prefix, state.v);
  return views;
}

/// The parameters of a file. Their order in the file is that of the flat array.
std::vector<ParameterSlice> slices_of(SafetensorsFile const& tensors) {
  std::vector<ParameterSlice> slices;
  std::size_t offset = 0;
  for (TensorEntry const& tensor : tensors.tensors()) {
    if (tensor.name.starts_with("optim.") || is_recurrent_bias(tensor.name)) continue;
    slices.push_back({tensor.name, tensor.shape, offset, tensor.elements});
    offset += tensor.elements;
  }
  return slices;
}

std::vector<float> read_array(SafetensorsFile const& tensors,
                              std::vector<ParameterSlice> const& slices, std::string const& prefix,
                              std::string const& file) {
  std::size_t const size = slices.empty() ? 0 : slices.back().offset + slices.back().size;
  std::vector<float> values;
  // Checked before memory is allocated: the size of tensors that are present and match is bounded
  // by the size of the file.
  for (ParameterSlice const& slice : slices) {
    TensorEntry const* tensor = tensors.find(prefix + slice.name);
    MONETA_REQUIRE(tensor != nullptr, data, "{} lacks the tensor '{}'. Is it damaged?", file,
                   sanitized(prefix + slice.name));
    MONETA_REQUIRE(tensor->shape == slice.shape && tensor->dtype == "F32", data,
                   "{}: tensor '{}' is not float32 with the shape of its parameter. Is it damaged?",
                   file, sanitized(tensor->name));
  }
  values.resize(size);
  for (ParameterSlice const& slice : slices) {
    tensors.read(*tensors.find(prefix + slice.name),
                 std::span(values).subspan(slice.offset, slice.size));
  }
  return values;
}

}  // namespace

std::string checkpoint_file_name(std::string const& coin, CoinProgress const& progress) {
  return fmt::format("{}/{:06}-{:06}.safetensors", coin, progress.epoch, progress.update_in_epoch);
}

SavedCheckpoint write_checkpoint(std::filesystem::path const& folder, CoinStateView const& state) {
  CoinHeader const& header = state.header;
  std::string const defect = find_defect(state);
  MONETA_REQUIRE(defect.empty(), internal, "coin '{}': this state cannot be saved ({})",
                 sanitized(header.coin), defect);
  std::string const name = not_finite(state);
  MONETA_REQUIRE(
      name.empty(), training,
      "coin {}: the checkpoint of epoch {} is not saved ('{}' has values that are not finite). The previous one stays; lower train.optimizer.learning_rate?",
      header.coin, header.progress.epoch, name);

  SavedCheckpoint saved{.coin = header.coin,
                        .file = checkpoint_file_name(header.coin, header.progress),
                        .epoch = header.progress.epoch,
                        .update_in_epoch = header.progress.update_in_epoch,
                        .update = header.progress.update,
                        .valid_loss = header.progress.valid_loss,
                        .finished = header.progress.finished,
                        .micro_batch = header.micro_batch,
                        .precision = header.precision,
                        .lstm_algorithm = header.lstm_algorithm};
  std::filesystem::path const path = folder / saved.file;
  create_folder(path.parent_path());
  std::vector<float> const zeros = zeros_for(header.slices);
  saved.sha256 = write_safetensors(path, metadata_of(header), views_of(state, zeros));
  std::error_code failed;
  saved.bytes = std::filesystem::file_size(path, failed);
  MONETA_REQUIRE(
      !failed, disk,
      "'{}' disappeared after it was written ({}). Does another program delete files there?",
      path.string(), failed.message());
  return saved;
}

CoinState read_checkpoint(std::filesystem::path const& path) {
  std::string const file = fmt::format("'{}'", path.string());
  SafetensorsFile const tensors(path);
  CoinState state;
  state.header = header_from(tensors.metadata(), file);
  std::vector<ParameterSlice>& slices = state.header.slices;
  slices = slices_of(tensors);
  std::size_t const others = slices.size() + check_recurrent_biases(tensors, slices, file);
  MONETA_REQUIRE(
      tensors.tensors().size() == others + 2 * slices.size(), data,
      "{} has {} parameters and {} optimizer tensors (expected two per parameter). Is it damaged?",
      file, slices.size(), tensors.tensors().size() - others);
  state.params = read_array(tensors, slices, "", file);
  state.m = read_array(tensors, slices, m_prefix, file);
  state.v = read_array(tensors, slices, v_prefix, file);
  std::string const defect = find_defect(state);
  MONETA_REQUIRE(defect.empty(), data, "{} contradicts itself ({}). Is it damaged?", file, defect);
  std::string const name = not_finite(state);
  MONETA_REQUIRE(name.empty(), data,
                 "{}: tensor '{}' has values that are not finite. Is it damaged?", file,
                 sanitized(name));
  return state;
}

}  // namespace moneta
