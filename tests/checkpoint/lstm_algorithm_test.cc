// SPDX-License-Identifier: Apache-2.0
// The LSTM algorithm in a checkpoint. The standard algorithm is omitted, as in the checkpoints of
// versions that had no other.
#include <gtest/gtest.h>

#include "checkpoint/describe.h"
#include "checkpoint/metadata.h"
#include "checkpoint/sample_state.h"
#include "io/safetensors.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

TEST(CheckpointLstmAlgorithm, IsOmittedIfStandard) {
  ScratchFolder const folder;
  CoinState state = sample_state();
  state.header.lstm_algorithm = "standard";
  EXPECT_EQ(metadata_of(state.header).count("lstm_algorithm"), 0u);
  SavedCheckpoint const saved = write_checkpoint(folder.path(), state);
  EXPECT_EQ(saved.lstm_algorithm, "standard");
  EXPECT_EQ(read_checkpoint(folder / saved.file).header.lstm_algorithm, "standard");
  EXPECT_EQ(describe_checkpoint(folder / saved.file)["lstm_algorithm"], "standard");
}

TEST(CheckpointLstmAlgorithm, IsStoredIfNotStandard) {
  CoinState const state = sample_state();
  EXPECT_EQ(metadata_of(state.header).at("lstm_algorithm"), "standard, persistent");
  EXPECT_EQ(header_from(metadata_of(state.header), "x").lstm_algorithm, "standard, persistent");
}

TEST(CheckpointLstmAlgorithm, UnknownNameIsNotWritten) {
  ScratchFolder const folder;
  CoinState state = sample_state();
  state.header.lstm_algorithm = "fast";
  expect_error(ErrorKind::internal, "lstm_algorithm 'fast' is not standard or persistent",
               [&] { (void)write_checkpoint(folder.path(), state); });
}

TEST(CheckpointLstmAlgorithm, UnknownNameIsNotRead) {
  ScratchFolder const folder;
  SavedCheckpoint const saved = write_checkpoint(folder.path(), sample_state());
  std::string text = read_bytes(folder / saved.file);
  std::string const named = "standard, persistent";
  auto const at = text.find(named);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, named.size(), "standard, PERSISTENT");
  write_bytes(folder / saved.file, text);
  expect_error(ErrorKind::data, "contradicts itself (lstm_algorithm 'standard, PERSISTENT'",
               [&] { (void)read_checkpoint(folder / saved.file); });
}

}  // namespace
}  // namespace moneta
