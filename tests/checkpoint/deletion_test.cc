// SPDX-License-Identifier: Apache-2.0
// Which files are deleted by rotation, and at a start after an interrupted save.
#include <gtest/gtest.h>

#include <set>

#include "checkpoint/clean_up.h"
#include "checkpoint/rotation.h"
#include "checkpoint/sample_state.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

class CheckpointFolder : public testing::Test {
 protected:
  SavedCheckpoint write(std::int64_t epoch, std::int64_t update_in_epoch = 0) const {
    return write_checkpoint(folder_.path(), sample_state("A", epoch, update_in_epoch));
  }
  bool exists(SavedCheckpoint const& saved) const { return fs::exists(folder_ / saved.file); }
  std::set<std::string> names() const {
    std::set<std::string> all;
    for (auto const& each : fs::directory_iterator(folder_ / "A")) {
      all.insert(each.path().filename().string());
    }
    return all;
  }

  ScratchFolder const folder_;
  CheckpointIndex index_;
};

class CommitRotation : public CheckpointFolder {};

TEST_F(CommitRotation, KeepsListedFilesAndRetriesFailedDeletions) {
  auto const gone = write(1), stuck = write(2), saved_again = write(2, 7);
  index_.coins["A"] = {saved_again, write(3)};
  fs::remove(folder_ / stuck.file);
  fs::create_directories((folder_ / stuck.file) / "not empty");
  std::vector<SavedCheckpoint> dropped = {gone, stuck, saved_again};
  commit_rotation(folder_.path(), index_, dropped);
  EXPECT_EQ(dropped, std::vector{stuck});
  EXPECT_FALSE(exists(gone));
  EXPECT_TRUE(exists(saved_again));
  fs::remove((folder_ / stuck.file) / "not empty");
  commit_rotation(folder_.path(), index_, dropped);
  EXPECT_TRUE(dropped.empty());
  EXPECT_FALSE(exists(stuck));
}

TEST_F(CommitRotation, DeletesNothingIfTheIndexCannotBeWritten) {
  auto const old = write(1);
  fs::create_directories(folder_ / "index.json/in the way");
  std::vector<SavedCheckpoint> dropped = {old};
  expect_error(ErrorKind::disk, "index.json'",
               [&] { commit_rotation(folder_.path(), index_, dropped); });
  EXPECT_EQ(dropped, std::vector{old});
  EXPECT_TRUE(exists(old));
}

class RemoveLeftovers : public CheckpointFolder {};

TEST_F(RemoveLeftovers, DeletesCheckpointsThatAreNotListed) {
  index_.coins["A"] = {write(2), write(3)};
  (void)write(1), (void)write(3, 5), (void)write(4);
  for (char const* const name : {"000005-000000.safetensors.tmp", "notes", "000005-000000.bak"}) {
    write_bytes(folder_ / "A" / name, "x");
  }
  remove_leftovers(folder_.path(), index_, {"A", "B"});
  EXPECT_EQ(names(),
            (std::set<std::string>{"000002-000000.safetensors", "000003-000000.safetensors",
                                   "notes", "000005-000000.bak"}));
}

// The index may have been moved away by mistake. Files of whole epochs will be saved again under
// the same names; those inside an epoch will not.
TEST_F(RemoveLeftovers, KeepsWholeEpochsOfACoinWithoutEntries) {
  (void)write(0, 3), (void)write(1), (void)write(1, 5);
  write_bytes(folder_ / "A/000002-000000.safetensors.tmp", "x");
  remove_leftovers(folder_.path(), index_, {"B"});
  EXPECT_EQ(names().size(), 4u) << "A is not a coin of the run";
  remove_leftovers(folder_.path(), index_, {"A"});
  EXPECT_EQ(names(), (std::set<std::string>{"000001-000000.safetensors"}));
}

}  // namespace
}  // namespace moneta
