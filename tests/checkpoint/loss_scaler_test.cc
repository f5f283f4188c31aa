// SPDX-License-Identifier: Apache-2.0
// The state of the loss scaler in a checkpoint. Only checkpoints in fp16 have one, so that the
// others have the bytes of versions without fp16.
#include <gtest/gtest.h>

#include "checkpoint/describe.h"
#include "checkpoint/metadata.h"
#include "checkpoint/sample_state.h"
#include "checkpoint/validate.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

CoinState fp16_state(LossScalerState const& loss_scaler) {
  CoinState state = sample_state();
  state.header.precision = "fp16";
  state.header.loss_scaler = loss_scaler;
  return state;
}

TEST(CheckpointLossScaler, IsOmittedInOtherPrecisions) {
  ScratchFolder const folder;
  EXPECT_EQ(metadata_of(sample_state().header).count("loss_scaler"), 0u);
  SavedCheckpoint const saved = write_checkpoint(folder.path(), sample_state());
  EXPECT_FALSE(read_checkpoint(folder / saved.file).header.loss_scaler.has_value());
  EXPECT_FALSE(describe_checkpoint(folder / saved.file).contains("loss_scaler"));
}

TEST(CheckpointLossScaler, IsRestored) {
  ScratchFolder const folder;
  for (LossScalerState const& state : std::vector<LossScalerState>{
           {65536, 0}, {131072, 1999}, {0.25, 7}, {largest_loss_scale, 1}, {0x1p-100, 0}}) {
    SavedCheckpoint const saved = write_checkpoint(folder.path(), fp16_state(state));
    EXPECT_EQ(saved.precision, "fp16");
    CoinHeader const header = read_checkpoint(folder / saved.file).header;
    EXPECT_EQ(header.precision, "fp16");
    EXPECT_EQ(header.loss_scaler, state) << state.scale;
    Json const json = describe_checkpoint(folder / saved.file);
    EXPECT_EQ(json["sound"], true);
    EXPECT_EQ(json["loss_scaler"]["scale"], state.scale);
    EXPECT_EQ(json["loss_scaler"]["good_updates"], state.good_updates);
  }
}

struct DamagedScalerCase {
  char const* name;
  char const* text;
  char const* message;
  friend void PrintTo(DamagedScalerCase const& each, std::ostream* out) { *out << each.name; }
};

class DamagedScaler : public testing::TestWithParam<DamagedScalerCase> {};

TEST_P(DamagedScaler, IsRejectedWithTheNameOfItsField) {
  CoinState state = fp16_state({1024, 5});
  TensorMetadata metadata = metadata_of(state.header);
  metadata["loss_scaler"] = GetParam().text;
  expect_error(ErrorKind::data, GetParam().message, [&] { (void)header_from(metadata, "x"); });
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, DamagedScaler, testing::ValuesIn(std::vector<DamagedScalerCase>{
    {"Empty",         "",                                      "x: loss_scaler is not valid JSON"},
    {"Number",        "1024",                                  "x: loss_scaler is not an object"},
    {"NoScale",       R"({"good_updates":5})",                 "x: loss_scaler lacks the field 'scale'"},
    {"NoUpdates",     R"({"scale":1024.0})",                   "x: loss_scaler lacks the field 'good_updates'"},
    {"ScaleText",     R"({"scale":"x","good_updates":5})",     "x: loss_scaler has the field 'scale' as \"x\""},
    {"UpdatesNegative", R"({"scale":1024.0,"good_updates":-5})", "x: loss_scaler has the field 'good_updates' as -5"},
    {"More",          R"({"scale":1024.0,"good_updates":5,"x":1})", "x: loss_scaler has the field 'x'"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(CheckpointLossScaler, IsCheckedForStatesThatItCannotHave) {
  double const infinite = std::numeric_limits<double>::infinity();
  for (LossScalerState const& state : std::vector<LossScalerState>{
           {0, 0}, {-2, 0}, {3, 0}, {infinite, 0}, {1024, -1}, {1024, 2000}, {0x1p200, 0}}) {
    EXPECT_NE(find_defect(fp16_state(state)).find("loss_scaler has the scale"), std::string::npos)
        << state.scale;
  }
  EXPECT_EQ(find_defect(fp16_state({1024, 1999})), "");
}

TEST(CheckpointLossScaler, IsPresentWithFp16AndOnlyThen) {
  CoinState without = sample_state();
  without.header.precision = "fp16";
  EXPECT_EQ(find_defect(without), "precision 'fp16' without a loss_scaler");
  CoinState with = sample_state();
  with.header.loss_scaler = LossScalerState{};
  EXPECT_EQ(find_defect(with), "a loss_scaler with the precision 'bf16'");
}

TEST(CheckpointLossScaler, DamageOfAFileIsReported) {
  ScratchFolder const folder;
  SavedCheckpoint const saved = write_checkpoint(folder.path(), fp16_state({1024, 5}));
  std::string text = read_bytes(folder / saved.file);
  std::string const scale = "1024.0";
  auto const at = text.find(scale);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, scale.size(), "1023.0");
  write_bytes(folder / saved.file, text);
  expect_error(ErrorKind::data,
               "contradicts itself (loss_scaler has the scale 1023 after 5 good updates",
               [&] { (void)read_checkpoint(folder / saved.file); });
}

}  // namespace
}  // namespace moneta
