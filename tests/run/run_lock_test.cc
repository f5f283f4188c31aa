// SPDX-License-Identifier: Apache-2.0
#include "run/run_folder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

TEST(RunLock, ExcludesASecondTrainingWhileItExists) {
  ScratchFolder const folder;
  std::optional<RunLock> lock;
  lock.emplace(RunFolder(folder.path()));
  // The message names the remedy, and the failed attempt does not change the lock.
  for (char const* const part : {folder.path().c_str(), "run.name"}) {
    expect_error(ErrorKind::config, part, [&] { RunLock const second{RunFolder(folder.path())}; });
  }
  lock.reset();
  EXPECT_NO_THROW(RunLock{RunFolder(folder.path())});
}

TEST(RunLock, DoesNotExcludeAnotherRun) {
  ScratchFolder const one, other;
  RunLock const lock{RunFolder(one.path())};
  EXPECT_NO_THROW(RunLock{RunFolder(other.path())});
}

TEST(RunLock, IsReleasedWhenItsProcessIsKilled) {
  ScratchFolder const folder;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t const child = ::fork();
  if (child == 0) {
    RunLock const lock{RunFolder(folder.path())};
    (void)!::write(ready[1], "x", 1);
    ::pause();
    ::_exit(1);
  }
  ASSERT_GT(child, 0);
  ::close(ready[1]);
  char byte;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1) << "the child has no lock";
  ::close(ready[0]);
  expect_error(ErrorKind::config, "another training",
               [&] { RunLock const second{RunFolder(folder.path())}; });
  ::kill(child, SIGKILL);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_NO_THROW(RunLock{RunFolder(folder.path())});
}

TEST(RunLock, OfAnyRankExcludesANewTraining) {
  ScratchFolder const folder;
  RunFolder const run(folder.path());
  std::optional<RunLock> first, second, third;
  first.emplace(run);
  second.emplace(run, 1);
  third.emplace(run, 2);
  first.reset();  // rank 0 was killed
  for (auto* const rank : {&second, &third}) {
    expect_error(ErrorKind::config, "was killed has not ended yet",
                 [&] { RunLock const next(run); });
    rank->reset();
  }
  // A rank that starts late finds the locks of the next training.
  RunLock const next(run), next_second(run, 1);
  expect_error(ErrorKind::config, "another training", [&] { RunLock const late(run, 1); });
}

TEST(RunLock, RequiresAFolderThatCanBeWritten) {
  ScratchFolder const folder;
  expect_error(ErrorKind::disk, "Is the run's folder writable?",
               [&] { RunLock const lock{RunFolder(folder / "nowhere")}; });
}

}  // namespace
}  // namespace moneta
