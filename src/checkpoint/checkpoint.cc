// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <span>
#include <sstream>

#include "base/error.h"
#include "checkpoint/metadata.h"
#include "io/commit_file.h"
#include "io/json_file.h"
#include "io/safetensors.h"

namespace moneta {

namespace {

constexpr char const* m_prefix = "optim.m.";
constexpr char const* v_prefix = "optim.v.";

/// The first parameter with a value that is not finite, with the prefix of its array; empty if
/// there is none.
std::string not_finite(std::vector<NamedSlice> const& slices, std::span<float const> values,
                       std::string const& prefix) {
  // x - x is 0 for finite x and NaN otherwise; sums of independent parts let the compiler use
  // vectors, which matters for hundreds of megabytes.
  auto const all_finite = [](std::span<float const> part) {
    float sum[16] = {};
    for (std::size_t i = 0; i < part.size(); ++i) sum[i % 16] += part[i] - part[i];
    return std::all_of(std::begin(sum), std::end(sum), [](float each) { return each == 0; });
  };
  for (NamedSlice const& slice : slices) {
    if (!all_finite(values.subspan(slice.offset, slice.size))) return prefix + slice.name;
  }
  return "";
}

std::string not_finite(CoinState const& state) {
  std::string name = not_finite(state.slices, state.params, "");
  if (name.empty()) name = not_finite(state.slices, state.m, m_prefix);
  if (name.empty()) name = not_finite(state.slices, state.v, v_prefix);
  return name;
}

std::vector<TensorView> views_of(CoinState const& state) {
  std::vector<TensorView> views;
  auto const add = [&](std::string const& prefix, std::span<float const> values) {
    for (NamedSlice const& slice : state.slices) {
      views.push_back({prefix + slice.name, "F32", slice.shape,
                       std::as_bytes(values.subspan(slice.offset, slice.size))});
    }
  };
  add("", state.params);
  add(m_prefix, state.m);
  add(v_prefix, state.v);
  return views;
}

/// The parameters of a file in their order, which is that of the flat array.
std::vector<NamedSlice> slices_of(SafetensorsFile const& tensors) {
  std::vector<NamedSlice> slices;
  std::size_t offset = 0;
  for (TensorEntry const& tensor : tensors.tensors()) {
    if (tensor.name.starts_with("optim.")) continue;
    slices.push_back({tensor.name, tensor.shape, offset, tensor.elements});
    offset += tensor.elements;
  }
  return slices;
}

std::vector<float> read_array(SafetensorsFile const& tensors, std::vector<NamedSlice> const& slices,
                              std::string const& prefix, std::string const& file) {
  std::size_t const size = slices.empty() ? 0 : slices.back().offset + slices.back().size;
  std::vector<float> values;
  // Looked at before memory is taken: what is there and fits is also in the file.
  for (NamedSlice const& slice : slices) {
    TensorEntry const* tensor = tensors.find(prefix + slice.name);
    MONETA_REQUIRE(tensor != nullptr, data, "{} lacks the tensor '{}'. Is it damaged?", file,
                   sanitized(prefix + slice.name));
    MONETA_REQUIRE(tensor->shape == slice.shape && tensor->dtype == "F32", data,
                   "{}: tensor '{}' is not float32 of its parameter's shape. Is it damaged?", file,
                   sanitized(tensor->name));
  }
  values.resize(size);
  for (NamedSlice const& slice : slices) {
    tensors.read(*tensors.find(prefix + slice.name),
                 std::span(values).subspan(slice.offset, slice.size));
  }
  return values;
}

}  // namespace

std::string checkpoint_file_name(std::string const& coin, CoinProgress const& progress) {
  std::ostringstream name;
  name << coin << '/' << std::setfill('0') << std::setw(6) << progress.epoch << '-' << std::setw(6)
       << progress.update_in_epoch << ".safetensors";
  return std::move(name).str();
}

SavedCheckpoint write_checkpoint(std::filesystem::path const& folder, CoinState const& state) {
  std::string const defect = defect_of(state);
  MONETA_REQUIRE(defect.empty(), internal, "coin '{}': this state cannot be saved ({})",
                 sanitized(state.coin), defect);
  std::string const name = not_finite(state);
  MONETA_REQUIRE(
      name.empty(), training,
      "coin {}: the checkpoint of epoch {} is not saved ('{}' has values that are not finite). The one before stays; lower train.optimizer.learning_rate?",
      state.coin, state.progress.epoch, name);

  SavedCheckpoint saved;
  saved.coin = state.coin;
  saved.file = checkpoint_file_name(state.coin, state.progress);
  saved.epoch = state.progress.epoch;
  saved.update_in_epoch = state.progress.update_in_epoch;
  saved.update = state.progress.update;
  saved.valid_loss = state.progress.valid_loss;
  saved.finished = state.progress.finished;
  saved.micro_batch = state.micro_batch;
  saved.precision = state.precision;
  saved.lstm_algorithm = state.lstm_algorithm;

  std::filesystem::path const path = folder / saved.file;
  create_folder(path.parent_path());
  saved.sha256 = write_safetensors(path, metadata_of(state), views_of(state));
  std::error_code failed;
  saved.bytes = std::filesystem::file_size(path, failed);
  MONETA_REQUIRE(!failed, disk,
                 "'{}' is gone after it was written ({}). Does somebody else delete files there?",
                 path.string(), failed.message());
  return saved;
}

CoinState read_checkpoint(std::filesystem::path const& path) {
  std::string const file = fmt::format("'{}'", path.string());
  SafetensorsFile const tensors(path);
  CoinState state = state_of(tensors.metadata(), file);
  state.slices = slices_of(tensors);
  MONETA_REQUIRE(
      tensors.tensors().size() == 3 * state.slices.size(), data,
      "{} has {} parameters and {} optimizer tensors (two for each belong there). Is it damaged?",
      file, state.slices.size(), tensors.tensors().size() - state.slices.size());
  state.params = read_array(tensors, state.slices, "", file);
  state.m = read_array(tensors, state.slices, m_prefix, file);
  state.v = read_array(tensors, state.slices, v_prefix, file);
  std::string const defect = defect_of(state);
  MONETA_REQUIRE(defect.empty(), data, "{} contradicts itself ({}). Is it damaged?", file, defect);
  std::string const name = not_finite(state);
  MONETA_REQUIRE(name.empty(), data,
                 "{}: tensor '{}' has values that are not finite. Is it damaged?", file,
                 sanitized(name));
  return state;
}

}  // namespace moneta
