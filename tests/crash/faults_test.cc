// SPDX-License-Identifier: Apache-2.0
// Each call of the C library that a save makes fails once, in every way in which it may fail; and
// the disk becomes full at each of them.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <optional>
#include <set>

#include "base/error.h"
#include "checkpoint/load.h"
#include "crash/fault.h"
#include "crash/file_tree.h"
#include "crash/saving_run.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

bool is_sync(IoCall const& call) { return std::string_view(call.name) == "fsync"; }

/// Counts calls. No sync in these tests waits for the disk.
class CallCounter : public IoWatcher {
 public:
  IoAnswer before(IoCall const& call) override {
    names.emplace_back(call.name);
    return {0, is_sync(call)};
  }
  std::vector<std::string> names;
};

/// Makes one call fail.
class OneFault : public FaultInjector {
 public:
  OneFault(std::size_t call, int error) : FaultInjector({"", "", error, call, call}) {}
  IoAnswer before(IoCall const& call) override {
    IoAnswer answer = FaultInjector::before(call);
    answer.skip = answer.error == 0 && is_sync(call);
    return answer;
  }
};

/// From the call with a number on, every call that needs disk space fails.
class FullDisk : public IoWatcher {
 public:
  explicit FullDisk(std::size_t first) : first_(first) {}
  IoAnswer before(IoCall const& call) override {
    std::string_view const name = call.name;
    bool const needs_space = name == "write" || name == "mkdir" || name == "fsync" ||
                             name == "rename" || (name == "open" && (call.flags & O_CREAT) != 0);
    if (seen_++ >= first_ && needs_space) return {ENOSPC};
    return {0, is_sync(call)};
  }

 private:
  std::size_t const first_;
  std::size_t seen_ = 0;
};

/// Watches a folder while it exists.
class Watch {
 public:
  Watch(fs::path const& folder, IoWatcher& watcher) { watch_io(folder.string(), &watcher); }
  Watch(Watch const&) = delete;
  Watch& operator=(Watch const&) = delete;
  ~Watch() { watch_io("", nullptr); }
};

std::size_t open_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] auto const& each : fs::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

/// A folder after `before` saves, in which the next one fails. The trees are those of an
/// undisturbed run.
class FailingSave {
 public:
  explicit FailingSave(std::size_t before) : before_(before) {
    SavingRun run(folder());
    trees_.push_back(file_tree(folder()));
    for (std::size_t i = 0; i < before + 2; ++i) {
      CallCounter counter;
      {
        Watch const watch(folder(), counter);
        run.save(state(i));
      }
      if (i == before) calls = counter.names;
      trees_.push_back(file_tree(folder()));
    }
  }

  std::vector<std::string> calls;  ///< calls that the save makes

  /// Runs the save and checks the result. The name of the call and the error are for messages.
  void try_with(IoWatcher& watcher, std::string const& call, int error) {
    SCOPED_TRACE(
        fmt::format("save {}, {}: {}", before_, call, error == 0 ? "short" : std::strerror(error)));
    set_file_tree(folder(), trees_[before_]);
    std::size_t const files = open_files();
    SavingRun run(folder());
    std::optional<std::string> failure;
    try {
      Watch const watch(folder(), watcher);
      run.save(state(before_));
    } catch (Error const& thrown) {
      failure = thrown.what();
      EXPECT_EQ(thrown.kind(), ErrorKind::disk) << *failure;
    }
    EXPECT_EQ(open_files(), files) << "a descriptor is left open";
    expect_whole(failure);
    CallCounter without_sync;
    Watch const watch(folder(), without_sync);
    if (failure) {
      ++failures;
      bool const names_file = failure->find(folder().string()) != std::string::npos;
      EXPECT_TRUE(names_file && failure->find(std::strerror(error)) != std::string::npos)
          << *failure;
      run.save(state(before_));
      expect_tree(before_ + 1);
    }
    run.save(state(before_ + 1));
    expect_tree(before_ + 2);
  }

  std::size_t failures = 0;  ///< saves that reported an error

 private:
  fs::path folder() const { return scratch_ / "checkpoints"; }
  static CoinState state(std::size_t i) { return state_at(save_points[i]); }

  /// Checks what a new start would find right after the save.
  void expect_whole(std::optional<std::string> const& failure) const {
    FileTree const& old_tree = trees_[before_];
    FileTree const& new_tree = trees_[before_ + 1];
    FileTree const tree = file_tree(folder());
    std::string const index = tree.contains("index.json") ? tree.at("index.json") : "";
    bool const has_new_index = index == new_tree.at("index.json");
    if (!failure) {
      EXPECT_TRUE(has_new_index);
    } else if (!has_new_index) {
      EXPECT_EQ(index, old_tree.contains("index.json") ? old_tree.at("index.json") : "");
    }
    for (auto const& [name, bytes] : has_new_index ? new_tree : old_tree) {
      auto const found = tree.find(name);
      EXPECT_TRUE(found != tree.end() && found->second == bytes) << name << " has changed";
    }
    for (auto const& [name, bytes] : tree) {
      EXPECT_FALSE(name.ends_with(".tmp")) << "a partial file is left: " << name;
      bool const is_known = (old_tree.contains(name) && old_tree.at(name) == bytes) ||
                            (new_tree.contains(name) && new_tree.at(name) == bytes);
      EXPECT_TRUE(is_known) << name << " is in neither state";
    }
    CheckpointIndex const found = read_index(folder());
    for (auto const& [coin, entries] : found.coins) {
      EXPECT_TRUE(load_newest(folder(), found, coin)->rejected.empty());
    }
  }

  void expect_tree(std::size_t saves) const {
    FileTree const tree = file_tree(folder());
    EXPECT_TRUE(tree == trees_[saves]) << "after " << saves << " saves\n"
                                       << names_of(tree) << "instead of\n"
                                       << names_of(trees_[saves]);
  }

  ScratchFolder const scratch_{memory_folder()};
  std::size_t const before_;
  std::vector<FileTree> trees_;  ///< [saves done]
};

/// Calls that a signal may interrupt; they must be repeated.
bool can_be_interrupted(std::string const& call) {
  return std::set<std::string>{"open", "fopen", "close", "fsync", "read", "write"}.contains(call);
}

TEST(Faults, OfAnyCallOfASaveLeaveTheOldStateOrTheNew) {
  std::size_t calls = 0, faults = 0, failures = 0;
  std::set<std::string> names;
  for (std::size_t before = 0; before + 1 < save_points.size(); ++before) {
    FailingSave save(before);
    for (std::size_t i = 0; i < save.calls.size(); ++i) {
      std::string const& call = save.calls[i];
      bool const moves_bytes = call == "read" || call == "write";
      for (int const error : {ENOSPC, EIO, EDQUOT, EROFS, EINTR, 0}) {
        if (error == 0 && !moves_bytes) continue;  // only reads and writes can be short
        if (error == EINTR && !can_be_interrupted(call)) continue;
        std::size_t const failed = save.failures;
        OneFault fault(i, error);
        save.try_with(fault, call, error);
        EXPECT_EQ(fault.failed(), 1u);
        if (error == EINTR || error == 0) {
          EXPECT_EQ(save.failures, failed) << call << " is not repeated";
        }
        ++faults;
      }
    }
    calls += save.calls.size();
    failures += save.failures;
    names.insert(save.calls.begin(), save.calls.end());
  }
  std::cout << faults << " faults in " << calls << " calls of " << save_points.size() - 1
            << " saves: " << failures << " saves reported an error\n";
  std::set<std::string> const expected = {"close", "fopen",  "fsync", "mkdir",  "open",
                                          "read",  "rename", "stat",  "unlink", "write"};
  EXPECT_EQ(names, expected) << "calls that a save is known to make";
}

TEST(Faults, OfADiskThatBecomesFullAtAnyCallLoseNothing) {
  std::size_t calls = 0, failures = 0;
  for (std::size_t before = 0; before + 1 < save_points.size(); ++before) {
    FailingSave save(before);
    for (std::size_t i = 0; i < save.calls.size(); ++i) {
      FullDisk disk(i);
      save.try_with(disk, fmt::format("call {}", i), ENOSPC);
    }
    calls += save.calls.size();
    failures += save.failures;
  }
  std::cout << calls << " full disks: " << failures << " saves reported an error\n";
  EXPECT_GT(failures, calls / 2);
}

}  // namespace
}  // namespace moneta
