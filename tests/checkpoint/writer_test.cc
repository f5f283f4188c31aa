// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <future>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include "base/error.h"
#include "checkpoint/sample_state.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

/// Actions whose first `failures` writes fail with `kind`. Pauses are recorded and do not wait.
struct Failing {
  int failures = 0;
  ErrorKind kind = ErrorKind::disk;
  std::vector<double> pauses = {};

  WriterActions actions() {
    return {[this](fs::path const& folder, CoinStateView const& state) {
              if (failures-- > 0) throw Error(kind, "the disk says no");
              return write_checkpoint(folder, state);
            },
            [this](double seconds) { pauses.push_back(seconds); }};
  }
};

TEST(CheckpointWriter, WritesInOrderAndReportsEachOnce) {
  ScratchFolder const folder;
  CheckpointWriter writer(folder.path());
  for (std::int64_t epoch = 1; epoch <= 5; ++epoch)
    writer.submit(snapshot_of(sample_state("A", epoch)));
  writer.drain();
  auto const results = writer.take_finished();
  ASSERT_EQ(results.size(), 5u);
  for (std::size_t i = 0; i < results.size(); ++i) {
    ASSERT_TRUE(results[i].saved) << results[i].error;
    EXPECT_EQ(results[i].coin, "A");
    EXPECT_EQ(results[i].saved->epoch, static_cast<std::int64_t>(i + 1));
    EXPECT_EQ(results[i].tries, 1);
    EXPECT_EQ(results[i].error, "");
    EXPECT_GE(results[i].seconds, 0);
    EXPECT_EQ(read_checkpoint(folder.path() / results[i].saved->file).header.progress.epoch,
              results[i].saved->epoch);
  }
  EXPECT_TRUE(writer.take_finished().empty());
}

TEST(CheckpointWriter, RetriesAfterADiskError) {
  ScratchFolder const folder;
  Failing failing{2};
  CheckpointWriter writer(folder.path(), failing.actions());
  writer.submit(snapshot_of(sample_state()));
  writer.drain();
  auto const results = writer.take_finished();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(results[0].saved);
  EXPECT_EQ(results[0].tries, 3);
  EXPECT_EQ(results[0].error, "");
  ASSERT_EQ(failing.pauses.size(), 2u);
  EXPECT_GT(failing.pauses[1], failing.pauses[0]);
}

TEST(CheckpointWriter, GivesUpAfterThreeTriesAndContinues) {
  ScratchFolder const folder;
  Failing failing{3};
  CheckpointWriter writer(folder.path(), failing.actions());
  writer.submit(snapshot_of(sample_state("A", 1)));
  writer.submit(snapshot_of(sample_state("A", 2)));
  writer.drain();
  auto const results = writer.take_finished();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_FALSE(results[0].saved);
  EXPECT_EQ(results[0].tries, 3);
  EXPECT_EQ(results[0].error, "the disk says no");
  EXPECT_TRUE(results[1].saved);
}

TEST(CheckpointWriter, DoesNotRetryOtherErrors) {
  ScratchFolder const folder;
  CheckpointWriter writer(folder.path());
  CoinState state = sample_state();
  state.header.precision = "f8";
  writer.submit(snapshot_of(std::move(state)));
  writer.drain();
  auto const results = writer.take_finished();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_FALSE(results[0].saved);
  EXPECT_EQ(results[0].tries, 1);
  EXPECT_NE(results[0].error.find("precision 'f8'"), std::string::npos);
}

TEST(CheckpointWriter, ReportsAnyOtherException) {
  WriterActions const actions = {
      [](fs::path const&, CoinStateView const&) -> SavedCheckpoint { throw std::bad_alloc(); },
      [](double) {}};
  CheckpointWriter writer("unused", actions);
  writer.submit(snapshot_of(sample_state()));
  writer.drain();
  auto const results = writer.take_finished();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].tries, 3);
  EXPECT_NE(results[0].error.find("cannot save the checkpoint (std::bad_alloc)"),
            std::string::npos);
}

TEST(CheckpointWriter, LeavesTheOldCheckpointWhenTheFolderTurnsIntoAFile) {
  ScratchFolder const folder;
  write_bytes(folder / "checkpoints", "a file in the way");
  Failing failing{0};
  CheckpointWriter writer(folder / "checkpoints", failing.actions());
  writer.submit(snapshot_of(sample_state()));
  writer.drain();
  auto const results = writer.take_finished();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_FALSE(results[0].saved);
  EXPECT_NE(results[0].error.find("cannot create the folder"), std::string::npos);
  EXPECT_EQ(read_bytes(folder / "checkpoints"), "a file in the way");
}

TEST(CheckpointWriter, WritesEverythingThatWasSubmittedBeforeItEnds) {
  ScratchFolder const folder;
  {
    CheckpointWriter writer(folder.path());
    writer.submit(snapshot_of(sample_state("A", 1)));
    writer.submit(snapshot_of(sample_state("A", 2)));
  }
  EXPECT_TRUE(fs::exists(folder / "A/000001-000000.safetensors"));
  EXPECT_TRUE(fs::exists(folder / "A/000002-000000.safetensors"));
}

TEST(CheckpointWriter, WaitsForTheArraysInItsOwnThread) {
  ScratchFolder const folder;
  CheckpointWriter writer(folder.path());
  std::promise<void> copied;
  std::thread::id waiting;
  CoinState const state = sample_state();
  writer.submit({state.header, [&, done = copied.get_future().share()] {
                   waiting = std::this_thread::get_id();
                   done.wait();
                   return CoinArrays{state.params, state.m, state.v};
                 }});
  EXPECT_TRUE(writer.take_finished().empty());
  copied.set_value();
  writer.drain();
  auto const results = writer.take_finished();
  ASSERT_EQ(results.size(), 1u);
  ASSERT_TRUE(results[0].saved) << results[0].error;
  EXPECT_NE(waiting, std::this_thread::get_id());
  EXPECT_EQ(read_checkpoint(folder / results[0].saved->file).params, state.params);
}

TEST(CheckpointWriter, ReportsASnapshotThatTheDeviceCouldNotCopy) {
  CheckpointWriter writer("unused");
  writer.submit({sample_state().header,
                 []() -> CoinArrays { throw Error(ErrorKind::device, "the device is gone"); }});
  writer.drain();
  auto const results = writer.take_finished();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_FALSE(results[0].saved);
  EXPECT_EQ(results[0].error, "the device is gone");
  EXPECT_EQ(results[0].tries, 1);
}

TEST(CheckpointWriter, HasRoomOnceItUsesAtMostOneSnapshot) {
  std::mutex mutex;
  std::set<std::int64_t> in_use;  // epochs of the snapshots
  WriterActions const actions = {[&](fs::path const&, CoinStateView const& state) {
                                   std::lock_guard const lock(mutex);
                                   in_use.erase(state.header.progress.epoch);
                                   return SavedCheckpoint{};
                                 },
                                 {}};
  CheckpointWriter writer("unused", actions);
  for (std::int64_t epoch = 1; epoch <= 100; ++epoch) {
    writer.wait_for_room();
    {
      std::lock_guard const lock(mutex);
      EXPECT_TRUE(in_use.empty() || in_use == std::set<std::int64_t>{epoch - 1});
      in_use.insert(epoch);
    }
    writer.submit(snapshot_of(sample_state("A", epoch)));
  }
  writer.drain();
}

TEST(CheckpointWriter, WritesWhileTheCallerContinues) {
  ScratchFolder const folder;
  std::promise<void> go;
  std::shared_future<void> const gate = go.get_future().share();
  WriterActions const actions = {[gate](fs::path const& into, CoinStateView const& state) {
                                   gate.wait();
                                   return write_checkpoint(into, state);
                                 },
                                 {}};
  CheckpointWriter writer(folder.path(), actions);
  // One is being written and one waits: neither call may wait for the gate.
  writer.submit(snapshot_of(sample_state("A", 1)));
  writer.submit(snapshot_of(sample_state("A", 2)));
  EXPECT_TRUE(writer.take_finished().empty());
  auto third =
      std::async(std::launch::async, [&] { writer.submit(snapshot_of(sample_state("A", 3))); });
  EXPECT_EQ(third.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  go.set_value();
  third.get();
  writer.drain();
  EXPECT_EQ(writer.take_finished().size(), 3u);
}

}  // namespace
}  // namespace moneta
