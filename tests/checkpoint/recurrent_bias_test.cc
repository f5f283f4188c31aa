// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/recurrent_bias.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "checkpoint/metadata.h"
#include "checkpoint/sample_state.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

/// The sample state with the parameters of an LSTM in both directions.
CoinState lstm_state() {
  CoinState state = sample_state();
  state.header.slices = {{"encoder.1m.weight_ih_l0", {2, 2}, 0, 4},
                         {"encoder.1m.bias_ih_l0", {2}, 4, 2},
                         {"encoder.1m.bias_ih_l0_reverse", {2}, 6, 2},
                         {"head.bias", {}, 8, 1}};
  return state;
}

/// The tensors of the state as programs before the recurrent biases wrote them.
std::vector<TensorView> old_tensors(CoinState const& state) {
  std::vector<TensorView> tensors;
  std::vector<std::pair<std::string, std::vector<float> const*>> const arrays = {
      {"", &state.params}, {"optim.m.", &state.m}, {"optim.v.", &state.v}};
  for (auto const& [prefix, values] : arrays) {
    for (auto const& slice : state.header.slices) {
      auto const part = std::span(*values).subspan(slice.offset, slice.size);
      tensors.push_back({prefix + slice.name, "F32", slice.shape, std::as_bytes(part)});
    }
  }
  return tensors;
}

bool same_arrays(CoinState const& a, CoinState const& b) {
  return a.header.slices == b.header.slices && a.params == b.params && a.m == b.m && a.v == b.v;
}

TEST(RecurrentBias, HasTheNameThatPyTorchGivesIt) {
  EXPECT_EQ(recurrent_bias_name("encoder.1m.bias_ih_l0"), "encoder.1m.bias_hh_l0");
  EXPECT_EQ(recurrent_bias_name("bias_ih_l3_reverse"), "bias_hh_l3_reverse");
  for (char const* const other : {"", "encoder.1m.weight_ih_l0", "head.bias", "bias_ih_.x", "a."}) {
    EXPECT_EQ(recurrent_bias_name(other), "") << other;
  }
  EXPECT_TRUE(is_recurrent_bias("encoder.1m.bias_hh_l0"));
  EXPECT_FALSE(is_recurrent_bias("encoder.1m.bias_ih_l0"));
}

TEST(RecurrentBias, IsWrittenAsZerosBehindItsBias) {
  ScratchFolder const folder;
  CoinState const state = lstm_state();
  std::filesystem::path const path = folder / write_checkpoint(folder.path(), state).file;
  SafetensorsFile const file(path);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 6; ++i) names.push_back(file.tensors().at(i).name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"encoder.1m.weight_ih_l0", "encoder.1m.bias_ih_l0",
                                      "encoder.1m.bias_hh_l0", "encoder.1m.bias_ih_l0_reverse",
                                      "encoder.1m.bias_hh_l0_reverse", "head.bias"}));
  EXPECT_EQ(file.tensors().size(), 4u + 2 + 2 * 4);
  EXPECT_EQ(file.find("encoder.1m.bias_hh_l0")->shape, (std::vector<std::size_t>{2}));
  std::vector<float> values(2, 1);
  file.read(*file.find("encoder.1m.bias_hh_l0_reverse"), std::span(values));
  EXPECT_EQ(values, (std::vector<float>{0, 0}));
  EXPECT_TRUE(same_arrays(read_checkpoint(path), state));
}

TEST(RecurrentBias, MayBeMissingAsInFilesOfEarlierVersions) {
  ScratchFolder const folder;
  CoinState const state = lstm_state();
  auto const tensors = old_tensors(state);
  (void)write_safetensors(folder / "old", metadata_of(state.header), tensors);
  CoinState const old = read_checkpoint(folder / "old");
  EXPECT_TRUE(same_arrays(old, state));
  // A run that goes on writes every tensor of the old file with the same bytes, and the zeros.
  SafetensorsFile const file(folder / write_checkpoint(folder.path(), old).file);
  for (TensorView const& each : tensors) {
    ASSERT_NE(file.find(each.name), nullptr) << each.name;
    std::vector<std::byte> bytes(each.bytes.size());
    file.read(*file.find(each.name), std::span(bytes));
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), each.bytes.begin())) << each.name;
  }
}

float const zeros[2] = {0, -0.0f}, not_zero[2] = {0, 1};

struct RecurrentBiasCase {
  char const* name;
  TensorView tensor;
  char const* message;  ///< null: the file is valid
};

class RecurrentBiasOfAFile : public testing::TestWithParam<RecurrentBiasCase> {};

TEST_P(RecurrentBiasOfAFile, IsChecked) {
  ScratchFolder const folder;
  CoinState const state = lstm_state();
  auto tensors = old_tensors(state);
  tensors.push_back(GetParam().tensor);
  (void)write_safetensors(folder / "x", metadata_of(state.header), tensors);
  if (GetParam().message == nullptr) {
    EXPECT_TRUE(same_arrays(read_checkpoint(folder / "x"), state));
  } else {
    expect_error(ErrorKind::data, GetParam().message, [&] { (void)read_checkpoint(folder / "x"); });
  }
}

std::vector<RecurrentBiasCase> cases() {
  auto const bytes = [](auto const& values) { return std::as_bytes(std::span(values)); };
  return {
      {"Zeros", {"encoder.1m.bias_hh_l0", "F32", {2}, bytes(zeros)}, nullptr},
      {"NotZero",
       {"encoder.1m.bias_hh_l0", "F32", {2}, bytes(not_zero)},
       "tensor 'encoder.1m.bias_hh_l0' is not 0 (the model has one bias per gate). Was the file "
       "written by another program? Add the tensor to 'encoder.1m.bias_ih_l0' and set it to 0"},
      {"OtherShape",
       {"encoder.1m.bias_hh_l0", "F32", {1, 2}, bytes(zeros)},
       "tensor 'encoder.1m.bias_hh_l0' is not float32 with the shape of 'encoder.1m.bias_ih_l0'"},
      {"OtherType",
       {"encoder.1m.bias_hh_l0", "I32", {2}, bytes(zeros)},
       "tensor 'encoder.1m.bias_hh_l0' is not float32 with the shape of"},
      {"OfNoParameter",
       {"encoder.1m.bias_hh_l1", "F32", {2}, bytes(zeros)},
       "has the tensor 'encoder.1m.bias_hh_l1' without a bias_ih. Is it damaged?"},
  };
}

INSTANTIATE_TEST_SUITE_P(Table, RecurrentBiasOfAFile, testing::ValuesIn(cases()),
                         [](auto const& each) { return each.param.name; });

}  // namespace
}  // namespace moneta
