// SPDX-License-Identifier: Apache-2.0
#include "io/folder_lock.h"

#include <gtest/gtest.h>
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

}  // namespace
}  // namespace moneta
