// SPDX-License-Identifier: Apache-2.0
#include "io/folder_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "support/scratch_folder.h"

namespace moneta {
namespace {

TEST(FolderLock, IsFreeAgainAfterItsHolder) {
  ScratchFolder const scratch;
  auto const folder = scratch.path() / "new" / "folder";
  for (int i = 0; i < 2; ++i) {
    FolderLock const lock(folder, [](std::string const& sentence) { FAIL() << sentence; });
  }
}

TEST(FolderLock, WaitsForItsHolderAndNamesIt) {
  ScratchFolder const scratch;
  std::optional<FolderLock> first(scratch.path());
  std::string said;
  FolderLock const second(scratch.path(), [&](std::string const& sentence) {
    said = sentence;
    first.reset();
  });
  EXPECT_EQ(said, fmt::format("waiting for process {} to finish its changes in '{}'", ::getpid(),
                              scratch.path().string()));
}

TEST(FolderLock, OfAKilledProcessIsFree) {
  ScratchFolder const scratch;
  pid_t const child = ::fork();
  if (child == 0) {
    FolderLock const lock(scratch.path());
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  FolderLock const lock(scratch.path(), [](std::string const& sentence) { FAIL() << sentence; });
}

TEST(LockIfWritable, DoesWithoutInAFolderThatCannotBeWritten) {
  ScratchFolder const scratch;
  EXPECT_TRUE(lock_if_writable(scratch / "new"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "new/.lock"));
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0555), 0);
  pid_t const child = ::fork();
  if (child == 0) {
    // Root could write there.
    if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    ::_exit(lock_if_writable(scratch.path()) ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0755), 0);
  EXPECT_FALSE(std::filesystem::exists(scratch / ".lock"));
}

}  // namespace
}  // namespace moneta
