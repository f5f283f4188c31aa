// SPDX-License-Identifier: Apache-2.0
// Every state in which a crash of the machine may leave the disk during a save: all changes up to
// any point, without any subset of those that were not synced. A new start must find the state
// before or after the save, and must end with the files of an undisturbed run.
#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <random>
#include <unordered_set>

#include "base/error.h"
#include "checkpoint/load.h"
#include "crash/disk_model.h"
#include "crash/saving_run.h"
#include "support/long_form.h"

namespace moneta {
namespace {

constexpr std::size_t all_subsets_to = 12;  // pending changes; random subsets above that

/// Watches a folder while it exists.
class Recording {
 public:
  Recording(std::filesystem::path const& folder, IoWatcher& watcher) {
    watch_io(folder.string(), &watcher);
  }
  Recording(Recording const&) = delete;
  Recording& operator=(Recording const&) = delete;
  ~Recording() { watch_io("", nullptr); }
};

class NoSync : public IoWatcher {
 public:
  IoAnswer before(IoCall const& call) override {
    return {0, std::string_view(call.name) == "fsync"};
  }
};

class CommitStates : public testing::Test {
 protected:
  /// Runs the save with this number and tries every crash in it.
  void crash_in_save(std::size_t number, std::size_t slices) {
    SCOPED_TRACE(fmt::format("save {}", number));
    number_ = number, slices_ = slices;
    set_file_tree(folder(), {});
    FileTree const nothing;
    DiskRecorder recorder(folder().string(), nothing);
    std::size_t first_change = 0;
    {
      Recording const watch(folder(), recorder);
      SavingRun run(folder());
      for (std::size_t i = 0; i <= number; ++i) {
        before_ = file_tree(folder());
        first_change = recorder.changes().size();
        run.save(state(i));
      }
    }
    after_ = file_tree(folder());
    end_ = after_;
    if (is_inside_an_epoch()) {
      SavingRun(folder()).save(state(number + 1));
      end_ = file_tree(folder());
    }
    for (std::size_t count = first_change; count <= recorder.changes().size(); ++count) {
      crash_after(CrashedDisk(nothing, recorder, count), count == recorder.changes().size());
      if (HasFailure()) return;
    }
  }

  void crash_after(CrashedDisk const& disk, bool is_done) {
    std::size_t const pending = disk.pending().size();
    largest_pending_ = std::max(largest_pending_, pending);
    CrashChoice choice;
    if (pending <= all_subsets_to) {
      for (std::size_t subset = 0; subset < std::size_t{1} << pending; ++subset) {
        choice.lost.assign(pending, false);
        for (std::size_t p = 0; p < pending; ++p) choice.lost[p] = (subset >> p & 1) != 0;
        try_variants(disk, choice, is_done);
      }
    } else {
      for (std::size_t i = 0; i < tries(500, 5000); ++i) {
        choice.lost.assign(pending, false);
        for (std::size_t p = 0; p < pending; ++p) choice.lost[p] = random_() % 2 == 0;
        try_variants(disk, choice, is_done);
      }
    }
  }

  /// Lost bytes are missing or zero; the last write is complete or torn.
  void try_variants(CrashedDisk const& disk, CrashChoice choice, bool is_done) {
    for (bool const zeros : {false, true}) {
      for (std::size_t const kept : {SIZE_MAX, std::size_t{1}, std::size_t{7}, std::size_t{100}}) {
        choice.zeros = zeros, choice.kept = kept;
        ++crashes_;
        try_start(disk.state(choice), is_done);
      }
    }
  }

  void try_start(FileTree const& tree, bool is_done) {
    std::string text = fmt::format("{}{}", number_, is_done);
    for (auto const& [name, bytes] : tree) text += name + '\0' + bytes + '\0';
    if (!seen_.insert(std::hash<std::string>{}(text)).second) return;
    set_file_tree(folder(), tree);
    NoSync no_sync;
    Recording const watch(folder(), no_sync);
    SavingRun run(folder());
    auto const index = tree.find("index.json");
    std::string const found = index == tree.end() ? "" : index->second;
    bool const is_new = found == after_.at("index.json");
    bool const is_old =
        !before_.contains("index.json") ? found.empty() : found == before_["index.json"];
    ASSERT_TRUE(is_new || is_old) << "a mixture\n" << names_of(tree);
    ASSERT_TRUE(is_new || !is_done) << "a finished save is lost\n" << names_of(tree);
    for (auto const& [coin, entries] : run.index().coins) {
      auto const loaded = load_newest(folder(), run.index(), coin);
      ASSERT_TRUE(loaded && loaded->rejected.empty()) << loaded->rejected[0] << '\n'
                                                      << names_of(tree);
      FileTree const& known = is_new ? after_ : before_;
      for (SavedCheckpoint const& entry : entries) {
        ASSERT_EQ(read_bytes(folder() / entry.file), known.at(entry.file)) << entry.file;
      }
    }
    // Inside an epoch, the restarted run saves at another point.
    if (is_inside_an_epoch()) {
      run.save(state(number_ + 1));
    } else if (is_old) {
      run.save(state(number_));
    }
    FileTree const end = file_tree(folder());
    ASSERT_TRUE(end == end_) << "crashed with\n"
                             << names_of(tree) << "ended with\n"
                             << names_of(end) << "instead of\n"
                             << names_of(end_);
  }

  bool is_inside_an_epoch() const { return save_points[number_].update_in_epoch > 0; }
  CoinState state(std::size_t number) const { return state_at(save_points[number], slices_); }
  std::filesystem::path folder() const { return scratch_.path(); }

  ScratchFolder const scratch_{memory_folder()};
  std::mt19937 random_;
  std::size_t number_ = 0, slices_ = 1;
  FileTree before_, after_, end_;  ///< before and after the save, and at the end of the run
  std::unordered_set<std::size_t> seen_;
  std::size_t crashes_ = 0, largest_pending_ = 0;
};

TEST_F(CommitStates, AfterAnyCrashAreTheOldOrTheNew) {
  char const* const given = std::getenv("SEED");
  auto const seed =
      given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  random_.seed(seed);
  std::size_t const slices = tries(1, 3);
  for (std::size_t number = 0; number < save_points.size(); ++number) {
    crash_in_save(number, slices);
    if (HasFailure()) break;
  }
  std::cout << "seed " << seed << ": " << crashes_ << " crashes in " << save_points.size()
            << " saves, " << seen_.size() << " different states, at most " << largest_pending_
            << " changes that were not durable\n";
  EXPECT_GT(seen_.size(), 500u);
}

}  // namespace
}  // namespace moneta
