// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "base/digest.h"
#include "base/version.h"
#include "checkpoint/metadata.h"
#include "checkpoint/sample_state.h"
#include "io/safetensors.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

bool same_bits(std::vector<float> const& a, std::vector<float> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

bool same_bits(std::vector<std::vector<float>> const& a, std::vector<std::vector<float>> const& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](auto const& x, auto const& y) { return same_bits(x, y); });
}

void expect_same(CoinHeader const& a, CoinHeader const& b) {
  EXPECT_EQ(a.coin, b.coin);
  EXPECT_EQ(a.progress, b.progress);
  EXPECT_EQ(a.slices, b.slices);
  EXPECT_EQ(a.timeframes, b.timeframes);
  EXPECT_EQ(a.feature_names, b.feature_names);
  EXPECT_TRUE(same_bits(a.feature_mean, b.feature_mean));
  EXPECT_TRUE(same_bits(a.feature_stddev, b.feature_stddev));
  EXPECT_EQ(a.target_stddev, b.target_stddev);
  EXPECT_EQ(a.config_digest, b.config_digest);
  EXPECT_EQ(a.data_digest, b.data_digest);
  EXPECT_EQ(a.precision, b.precision);
  EXPECT_EQ(a.micro_batch, b.micro_batch);
  EXPECT_EQ(a.lstm_algorithm, b.lstm_algorithm);
  EXPECT_EQ(a.device, b.device);
  EXPECT_EQ(a.loss_scaler, b.loss_scaler);
}

void expect_same(CoinState const& a, CoinState const& b) {
  expect_same(a.header, b.header);
  EXPECT_TRUE(same_bits(a.params, b.params));
  EXPECT_TRUE(same_bits(a.m, b.m));
  EXPECT_TRUE(same_bits(a.v, b.v));
}

/// The metadata of a file do not contain the slices.
CoinHeader with_slices(CoinHeader header) {
  header.slices = sample_state().header.slices;
  return header;
}

TEST(CheckpointFileName, HoldsCoinEpochAndUpdate) {
  CoinProgress progress;
  progress.epoch = 3;
  progress.update_in_epoch = 40;
  EXPECT_EQ(checkpoint_file_name("KRW-BTC", progress), "KRW-BTC/000003-000040.safetensors");
  progress.epoch = 1234567;
  EXPECT_EQ(checkpoint_file_name("A", progress), "A/1234567-000040.safetensors");
}

TEST(Checkpoint, IsRestoredBitForBit) {
  ScratchFolder const folder;
  CoinState const state = sample_state();
  SavedCheckpoint const saved = write_checkpoint(folder / "run/checkpoints", state);
  expect_same(read_checkpoint(folder / "run/checkpoints" / saved.file), state);
}

TEST(Checkpoint, ReportsWhatWasSaved) {
  ScratchFolder const folder;
  SavedCheckpoint const saved = write_checkpoint(folder.path(), sample_state("ETH", 4, 7, 0.25));
  fs::path const file = folder.path() / saved.file;
  CoinHeader const header = sample_state().header;
  SavedCheckpoint const expected = {.coin = "ETH",
                                    .file = "ETH/000004-000007.safetensors",
                                    .sha256 = digest_of_file(file),
                                    .bytes = fs::file_size(file),
                                    .epoch = 4,
                                    .update_in_epoch = 7,
                                    .update = 407,
                                    .valid_loss = 0.25,
                                    .finished = true,
                                    .micro_batch = header.micro_batch,
                                    .precision = header.precision,
                                    .lstm_algorithm = header.lstm_algorithm};
  EXPECT_EQ(saved, expected);
}

TEST(Checkpoint, HasTheSameBytesForTheSameState) {
  ScratchFolder const a, b;
  std::string const file = write_checkpoint(a.path(), sample_state()).file;
  (void)write_checkpoint(b.path(), sample_state());
  EXPECT_EQ(read_bytes(a / file), read_bytes(b / file));
  (void)write_checkpoint(b.path(), read_checkpoint(a / file));
  EXPECT_EQ(read_bytes(a / file), read_bytes(b / file));
}

TEST(Checkpoint, KeepsLossesThatAreNotFinite) {
  ScratchFolder const folder;
  CoinState state = sample_state();
  state.header.progress.train_loss = std::nan("");
  state.header.progress.valid_loss = std::numeric_limits<double>::infinity();
  state.header.progress.epoch_norm_max = -std::numeric_limits<double>::infinity();
  CoinState const back = read_checkpoint(folder / write_checkpoint(folder.path(), state).file);
  EXPECT_TRUE(std::isnan(back.header.progress.train_loss));
  EXPECT_EQ(back.header.progress.valid_loss, state.header.progress.valid_loss);
  EXPECT_EQ(back.header.progress.epoch_norm_max, state.header.progress.epoch_norm_max);
}

// Other safetensors tools see the names and shapes of PyTorch, in the order of the flat array.
TEST(Checkpoint, NamesItsTensorsLikePyTorch) {
  ScratchFolder const folder;
  SafetensorsFile const file(folder / write_checkpoint(folder.path(), sample_state()).file);
  std::vector<std::string> names;
  for (auto const& tensor : file.tensors()) names.push_back(tensor.name);
  EXPECT_EQ(names, (std::vector<std::string>{"encoder.1m.weight_ih_l0", "head.bias", "scale",
                                             "optim.m.encoder.1m.weight_ih_l0", "optim.m.head.bias",
                                             "optim.m.scale", "optim.v.encoder.1m.weight_ih_l0",
                                             "optim.v.head.bias", "optim.v.scale"}));
  EXPECT_EQ(file.tensors()[0].shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(file.metadata().at("coin"), "KRW-BTC");
}

TEST(Checkpoint, ContainsTheVersionOfTheProgram) {
  ScratchFolder const folder;
  SavedCheckpoint const saved = write_checkpoint(folder.path(), sample_state());
  EXPECT_EQ(SafetensorsFile(folder / saved.file).metadata().at("moneta_version"), version_number());
}

TEST(Checkpoint, MayLackTheVersionOfTheProgramOrHaveAnother) {
  TensorMetadata metadata = metadata_of(sample_state().header);
  metadata["moneta_version"] = "99.1 (git 0123456)";
  expect_same(with_slices(header_from(metadata, "x")), sample_state().header);
  metadata.erase("moneta_version");
  expect_same(with_slices(header_from(metadata, "x")), sample_state().header);
}

struct InvalidStateCase {
  char const* name;
  std::function<void(CoinState&)> spoil;
  char const* message;
  friend void PrintTo(InvalidStateCase const& each, std::ostream* out) { *out << each.name; }
};

class InvalidState : public testing::TestWithParam<InvalidStateCase> {};

TEST_P(InvalidState, IsNotSaved) {
  ScratchFolder const folder;
  CoinState state = sample_state();
  GetParam().spoil(state);
  expect_error(ErrorKind::internal, GetParam().message,
               [&] { (void)write_checkpoint(folder.path(), state); });
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, InvalidState, testing::ValuesIn(std::vector<InvalidStateCase>{
    {"CoinLeadsOut",      [](auto& s) { s.header.coin = "../x"; },            "is not a name of letters"},
    {"CoinEmpty",         [](auto& s) { s.header.coin = ""; },                "is not a name of letters"},
    {"CoinHidden",        [](auto& s) { s.header.coin = ".x"; },              "is not a name of letters"},
    {"Precision",         [](auto& s) { s.header.precision = "f16"; },        "precision 'f16' is not f32, tf32, bf16 or fp16"},
    {"EpochNegative",     [](auto& s) { s.header.progress.epoch = -1; },      "progress.epoch is negative"},
    {"RollbacksNegative", [](auto& s) { s.header.progress.rollbacks = -1; },  "progress.rollbacks is negative"},
    {"AppliedTooMany",    [](auto& s) { s.header.progress.applied_updates = 301; }, "applied_updates exceeds update"},
    {"InEpochTooMany",    [](auto& s) { s.header.progress.update_in_epoch = 301; }, "update_in_epoch exceeds update"},
    {"BestInFuture",      [](auto& s) { s.header.progress.best_epoch = 4; },  "best_epoch exceeds epoch"},
    {"StaleTooLong",      [](auto& s) { s.header.progress.stale_epochs = 4; }, "stale_epochs exceeds epoch"},
    {"FactorZero",        [](auto& s) { s.header.progress.learning_rate_factor = 0; }, "learning_rate_factor is not"},
    {"FactorNan",         [](auto& s) { s.header.progress.learning_rate_factor = std::nan(""); }, "learning_rate_factor is not"},
    {"MeanRows",          [](auto& s) { s.header.feature_mean.pop_back(); },  "feature_mean does not have one row"},
    {"MeanColumns",       [](auto& s) { s.header.feature_mean[1].pop_back(); }, "feature_mean does not have one row"},
    {"MeanNan",           [](auto& s) { s.header.feature_mean[1][1] = NAN; }, "feature_mean has a number"},
    {"DeviationRows",     [](auto& s) { s.header.feature_stddev.clear(); }, "feature_deviation does not have one row"},
    {"DeviationZero",     [](auto& s) { s.header.feature_stddev[0][0] = 0; }, "feature_deviation has a number"},
    {"TargetNegative",    [](auto& s) { s.header.target_stddev = -1; },    "target_deviation is not"},
    {"NameReserved",      [](auto& s) { s.header.slices[1].name = "optim.m.x"; }, "has a reserved name"},
    {"NameMetadata",      [](auto& s) { s.header.slices[1].name = "__metadata__"; }, "has a reserved name"},
    {"NameRecurrent",     [](auto& s) { s.header.slices[1].name = "a.bias_hh_l0"; }, "has a reserved name"},
    {"NameTwice",         [](auto& s) { s.header.slices[1].name = "scale"; }, "'scale' appears twice"},
    {"ShapeOverflow",     [](auto& s) { s.header.slices[0].shape = {std::size_t{1} << 40, std::size_t{1} << 40}; }, "has a shape that is too large"},
    {"SizeNotShape",      [](auto& s) { s.header.slices[0].shape = {2, 4}; }, "does not match its shape"},
    {"Gap",               [](auto& s) { s.header.slices[1].offset = 7; },     "does not begin where"},
    {"NoParameters",      [](auto& s) { s.header.slices.clear(); },           "it has no parameters"},
    {"ParamsShort",       [](auto& s) { s.params.pop_back(); },        "the size of params is not"},
    {"MShort",            [](auto& s) { s.m.clear(); },                "the size of optim.m is not"},
    {"VLong",             [](auto& s) { s.v.push_back(0); },           "the size of optim.v is not"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Checkpoint, IsNotSavedWithValuesThatAreNotFinite) {
  ScratchFolder const folder;
  auto const refuses = [&](std::string const& tensor, auto const& spoil) {
    CoinState state = sample_state();
    spoil(state);
    expect_error(ErrorKind::training, fmt::format("('{}' has values that are not finite)", tensor),
                 [&] { (void)write_checkpoint(folder.path(), state); });
  };
  refuses("encoder.1m.weight_ih_l0", [](CoinState& state) { state.params[5] = NAN; });
  refuses("optim.m.head.bias", [](CoinState& state) { state.m[7] = INFINITY; });
  refuses("optim.v.scale", [](CoinState& state) { state.v[8] = -INFINITY; });
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Checkpoint, WriteFailureLeavesNoNewFile) {
  ScratchFolder const folder;
  std::string const file = write_checkpoint(folder.path(), sample_state()).file;
  std::string const before = read_bytes(folder / file);
  CoinState changed = sample_state();
  changed.params[0] = 99;
  {
    FileSizeLimit const limit(before.size() / 2);
    expect_error(ErrorKind::disk, "(File too large)",
                 [&] { (void)write_checkpoint(folder.path(), changed); });
    expect_error(ErrorKind::disk, "(File too large)",
                 [&] { (void)write_checkpoint(folder.path(), sample_state("KRW-BTC", 4)); });
  }
  EXPECT_EQ(read_bytes(folder / file), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "KRW-BTC"), fs::directory_iterator()), 1);
}

TEST(Checkpoint, RequiresAFolderThatCanBeCreated) {
  ScratchFolder const folder;
  write_bytes(folder / "KRW-BTC", "a file");
  expect_error(ErrorKind::disk, "cannot create the folder '",
               [&] { (void)write_checkpoint(folder.path(), sample_state()); });
}

/// The metadata and tensors of a valid checkpoint. A test changes them and writes them as a valid
/// safetensors file.
struct Content {
  TensorMetadata metadata;
  std::vector<TensorView> tensors;
};

struct InvalidFileCase {
  char const* name;
  std::function<void(Content&)> spoil;
  char const* message;
  friend void PrintTo(InvalidFileCase const& each, std::ostream* out) { *out << each.name; }
};

void replace(std::string& text, std::string const& what, std::string const& by) {
  auto const at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what << " in " << text;
  text.replace(at, what.size(), by);
}

class InvalidFile : public testing::TestWithParam<InvalidFileCase> {};

TEST_P(InvalidFile, IsRejectedWithTheNameOfItsField) {
  ScratchFolder const folder;
  CoinState const state = sample_state();
  Content content{metadata_of(state.header), {}};
  std::vector<std::pair<std::string, std::vector<float> const*>> const arrays = {
      {"", &state.params}, {"optim.m.", &state.m}, {"optim.v.", &state.v}};
  for (auto const& [prefix, values] : arrays) {
    for (auto const& slice : state.header.slices) {
      auto const part = std::span(*values).subspan(slice.offset, slice.size);
      content.tensors.push_back({prefix + slice.name, "F32", slice.shape, std::as_bytes(part)});
    }
  }
  GetParam().spoil(content);
  (void)write_safetensors(folder / "x.safetensors", content.metadata, content.tensors);
  auto const read = [&] { (void)read_checkpoint(folder / "x.safetensors"); };
  expect_error(ErrorKind::data, GetParam().message, read);
  expect_error(ErrorKind::data, (folder / "x.safetensors").string(), read);
}

float const not_a_number = NAN;

void remove_name_scale(Content& content) {
  for (auto& each : content.tensors) {
    if (each.name.ends_with("scale")) each.name.resize(each.name.size() - 5);
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, InvalidFile, testing::ValuesIn(std::vector<InvalidFileCase>{
    {"Foreign",        [](auto& c) { c.metadata = {{"format", "pt"}}; }, "is not a checkpoint of Moneta"},
    {"NoMetadata",     [](auto& c) { c.metadata.clear(); },              "is not a checkpoint of Moneta"},
    {"OtherVersion",   [](auto& c) { c.metadata["version"] = "2"; },     "has format version 2 (this program reads version 1)"},
    {"NoVersion",      [](auto& c) { c.metadata.erase("version"); },     "lacks the metadata key 'version'"},
    {"NoCoin",         [](auto& c) { c.metadata.erase("coin"); },        "lacks the metadata key 'coin'"},
    {"CoinLeadsOut",   [](auto& c) { c.metadata["coin"] = "../x"; },     "contradicts itself (coin '../x'"},
    {"MoreMetadata",   [](auto& c) { c.metadata["more"] = "x"; },        "has the metadata key 'more'"},
    {"ProgressText",   [](auto& c) { c.metadata["progress"] = "x"; },    "progress is not valid JSON"},
    {"ProgressList",   [](auto& c) { c.metadata["progress"] = "[]"; },   "progress is not an object"},
    {"ProgressLacks",  [](auto& c) { replace(c.metadata["progress"], "\"epoch\":3,", ""); }, "progress lacks the field 'epoch'"},
    {"ProgressMore",   [](auto& c) { replace(c.metadata["progress"], "{", "{\"x\":1,"); }, "progress has the field 'x'"},
    {"EpochNegative",  [](auto& c) { replace(c.metadata["progress"], "\"epoch\":3", "\"epoch\":-3"); }, "progress has the field 'epoch' as -3"},
    {"EpochSmall",     [](auto& c) { replace(c.metadata["progress"], "\"epoch\":3", "\"epoch\":2"); }, "contradicts itself (progress.best_epoch"},
    {"FinishedNumber", [](auto& c) { replace(c.metadata["progress"], "true", "1"); }, "progress has the field 'finished' as number"},
    {"LossText",       [](auto& c) { replace(c.metadata["progress"], "\"valid_loss\":0.1", "\"valid_loss\":\"x\""); }, "progress has the field 'valid_loss' as \"x\""},
    {"ScalerText",     [](auto& c) { c.metadata["scaler"] = "{"; },      "scaler is not valid JSON"},
    {"ScalerMore",     [](auto& c) { replace(c.metadata["scaler"], "{", "{\"x\":1,"); }, "scaler has the field 'x'"},
    {"NamesNumber",    [](auto& c) { replace(c.metadata["scaler"], "\"range\"", "7"); }, "scaler.feature_names contains number"},
    {"TimeframesText", [](auto& c) { replace(c.metadata["scaler"], "[\"1m\",\"5m\"]", "\"1m\""); }, "scaler.timeframes is string"},
    {"TimeframesFew",  [](auto& c) { replace(c.metadata["scaler"], "[\"1m\",\"5m\"]", "[\"1m\"]"); }, "contradicts itself (scaler.feature_mean"},
    {"MeanText",       [](auto& c) { replace(c.metadata["scaler"], "-0.0", "\"x\""); }, "scaler.feature_mean is \"x\" (expected a float32"},
    {"MeanNotAFloat",  [](auto& c) { replace(c.metadata["scaler"], "-0.0", "0.1"); }, "scaler.feature_mean is 0.1 (expected a float32"},
    {"MeanTooLarge",   [](auto& c) { replace(c.metadata["scaler"], "-0.0", "1e39"); }, "scaler.feature_mean is 1e+39 (expected a float32"},
    {"Precision",      [](auto& c) { c.metadata["precision"] = "f8"; },  "contradicts itself (precision 'f8'"},
    {"MicroBatch",     [](auto& c) { c.metadata["micro_batch"] = "-1"; }, "micro_batch is -1 (expected a whole number"},
    {"MicroBatchHalf", [](auto& c) { c.metadata["micro_batch"] = "1.5"; }, "micro_batch is 1.5 (expected a whole number"},
    {"MicroBatchText", [](auto& c) { c.metadata["micro_batch"] = "x"; }, "micro_batch is not valid JSON"},
    {"NoTensors",      [](auto& c) { c.tensors.clear(); },               "contradicts itself (it has no parameters"},
    {"ParameterGone",  [](auto& c) { c.tensors.erase(c.tensors.begin()); }, "has 2 parameters and 6 optimizer tensors"},
    {"MGone",          [](auto& c) { c.tensors.erase(c.tensors.begin() + 4); }, "has 3 parameters and 5 optimizer tensors"},
    {"MRenamed",       [](auto& c) { c.tensors[4].name = "optim.m.x"; }, "lacks the tensor 'optim.m.head.bias'"},
    {"MOtherShape",    [](auto& c) { c.tensors[3].shape = {3, 2}; },     "tensor 'optim.m.encoder.1m.weight_ih_l0' is not float32 with"},
    {"ParameterInts",  [](auto& c) { c.tensors[0].dtype = "I32"; },      "tensor 'encoder.1m.weight_ih_l0' is not float32 with"},
    {"ParameterNan",   [](auto& c) { c.tensors[2].bytes = std::as_bytes(std::span(&not_a_number, 1)); }, "tensor 'scale' has values that are not finite"},
    {"VNan",           [](auto& c) { c.tensors[8].bytes = std::as_bytes(std::span(&not_a_number, 1)); }, "tensor 'optim.v.scale' has values that are not finite"},
    {"NameEmpty",      remove_name_scale,                                "(parameter '' has a reserved name"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
