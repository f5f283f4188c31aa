// SPDX-License-Identifier: Apache-2.0
// The device in a checkpoint. It is omitted if it is empty, as for the CPU, so that the files are
// the same bytes on all machines.
#include <gtest/gtest.h>

#include "checkpoint/describe.h"
#include "checkpoint/metadata.h"
#include "checkpoint/sample_state.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

TEST(CheckpointDevice, IsOmittedIfEmpty) {
  ScratchFolder const folder;
  CoinState state = sample_state();
  state.header.device = "";
  EXPECT_EQ(metadata_of(state.header).count("device"), 0u);
  SavedCheckpoint const saved = write_checkpoint(folder.path(), state);
  EXPECT_EQ(read_checkpoint(folder / saved.file).header.device, "");
  EXPECT_FALSE(describe_checkpoint(folder / saved.file).contains("device"));
}

TEST(CheckpointDevice, IsStoredOtherwise) {
  CoinHeader const header = sample_state().header;
  EXPECT_EQ(metadata_of(header).at("device"), header.device);
  EXPECT_EQ(header_from(metadata_of(header), "x").device, header.device);
}

}  // namespace
}  // namespace moneta
