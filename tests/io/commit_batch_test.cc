// SPDX-License-Identifier: Apache-2.0
#include "io/commit_batch.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "io/commit_file.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

std::span<std::byte const> batch_bytes(std::string const& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(CommitBatch, ShowsAllFilesAtItsCommit) {
  ScratchFolder const folder;
  fs::create_directory(folder / "b");
  write_bytes(folder / "a", "old");
  write_bytes(folder / "a.tmp", "of an interrupted run");
  std::string const small = "new", large(3'000'001, 'x');  // more than one step of writing
  CommitBatch batch;
  EXPECT_EQ(batch.add(folder / "a", batch_bytes(small)), digest_of(small));
  EXPECT_EQ(batch.add(folder / "b/c", batch_bytes(large)), digest_of(large));
  EXPECT_EQ(batch.add(folder / "empty", {}), digest_of(""));
  EXPECT_EQ(read_bytes(folder / "a"), "old");
  EXPECT_FALSE(fs::exists(folder / "b/c"));
  batch.commit();
  EXPECT_EQ(read_bytes(folder / "a"), small);
  EXPECT_TRUE(read_bytes(folder / "b/c") == large);
  EXPECT_EQ(read_bytes(folder / "empty"), "");
  for (char const* name : {"a.tmp", "b/c.tmp", "empty.tmp"})
    EXPECT_FALSE(fs::exists(folder / name));
  batch.commit();  // nothing is left to do
  EXPECT_EQ(read_bytes(folder / "a"), small);
}

TEST(CommitBatch, LeavesNothingIfItIsNotCommitted) {
  ScratchFolder const folder;
  write_bytes(folder / "a", "old");
  {
    CommitBatch batch;
    batch.add(folder / "a", batch_bytes("new"));
    EXPECT_TRUE(fs::exists(folder / "a.tmp"));
  }
  EXPECT_EQ(read_bytes(folder / "a"), "old");
  EXPECT_FALSE(fs::exists(folder / "a.tmp"));
}

TEST(CommitBatch, ReportsTheFileThatCannotBeWritten) {
  ScratchFolder const folder;
  CommitBatch batch;
  batch.add(folder / "first", batch_bytes("text"));
  expect_error(ErrorKind::disk, "none/a' (No such file or directory). Does the folder exist?",
               [&] { batch.add(folder / "none/a", batch_bytes("text")); });
  {
    FileSizeLimit const limit(50'000);
    expect_error(ErrorKind::disk, "large' (File too large)",
                 [&] { batch.add(folder / "large", batch_bytes(std::string(100'000, 'x'))); });
  }
  EXPECT_FALSE(fs::exists(folder / "large.tmp"));
  batch.commit();
  EXPECT_EQ(read_bytes(folder / "first"), "text");
}

TEST(CommitBatch, ReportsTheFileThatCannotBeSyncedOrRenamed) {
  ScratchFolder const folder;
  CommitBatch batch;
  batch.add(folder / "gone", batch_bytes("text"));
  fs::remove(folder / "gone.tmp");
  expect_error(ErrorKind::disk, "gone' (No such file or directory)", [&] { batch.commit(); });
  CommitBatch other;
  other.add(folder / "taken", batch_bytes("text"));
  fs::create_directory(folder / "taken");
  expect_error(ErrorKind::disk, "taken' (Is a directory)", [&] { other.commit(); });
}

TEST(CommitBatch, NoticesThatTheFileHasOtherBytes) {
  ScratchFolder const folder;
  std::string const meant(300'000, 'x');
  for (std::string const& found :
       {std::string(299'999, 'x'), std::string(300'001, 'x'), std::string(299'999, 'x') + "y"}) {
    write_bytes(folder / "a.tmp", found);
    expect_error(ErrorKind::disk, "a' (the bytes read back differ from those written)",
                 [&] { check_read_back(folder / "a.tmp", batch_bytes(meant), folder / "a"); });
  }
  write_bytes(folder / "a.tmp", meant);
  check_read_back(folder / "a.tmp", batch_bytes(meant), folder / "a");
  expect_error(ErrorKind::disk, "cannot read back '",
               [&] { check_read_back(folder / "gone", batch_bytes(meant), folder / "a"); });
}

}  // namespace
}  // namespace moneta
