// SPDX-License-Identifier: Apache-2.0
// Every state in which a crash of the machine may leave the disk during `moneta prepare`: all
// changes up to any point, without any subset of those that were not synced. Every shard that a
// manifest of a first preparation lists is then whole, and preparing again ends as if nothing had
// happened.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <unordered_set>

#include "base/digest.h"
#include "crash/disk_model.h"
#include "data/load_dataset.h"
#include "data/manifest.h"
#include "data/small_market.h"
#include "support/long_form.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

/// Watches a folder while it exists.
class FolderWatch {
 public:
  FolderWatch(fs::path const& folder, IoWatcher& watcher) { watch_io(folder.string(), &watcher); }
  FolderWatch(FolderWatch const&) = delete;
  FolderWatch& operator=(FolderWatch const&) = delete;
  ~FolderWatch() { watch_io("", nullptr); }
};

/// Records the changes to shards and their lists. The file of the lock only keeps other processes
/// out; what a crash leaves of it does not matter.
class ShardRecorder : public DiskRecorder {
 public:
  using DiskRecorder::DiskRecorder;

  IoAnswer before(IoCall const& call) override {
    return is_lock(call) ? IoAnswer{} : DiskRecorder::before(call);
  }
  void after(IoCall const& call, long result) override {
    if (!is_lock(call)) DiskRecorder::after(call, result);
  }

 private:
  static bool is_lock(IoCall const& call) { return call.path.ends_with("/.lock"); }
};

class PrepareStates : public testing::Test {
 protected:
  PrepareStates() {
    market_.config.data.timeframes = {{"5m", 5, 2}};
    market_.config.data.stride_minutes = 60;
    fs::create_directories(folder());
  }

  fs::path folder() const { return market_.config.data.shards; }

  /// The digests of both coins' data.
  std::vector<std::string> digests() const {
    std::vector<std::string> all;
    for (auto const& coin : market_.config.coins) {
      all.push_back(dataset_digest(read_manifest(folder()), coin));
    }
    return all;
  }

  /// Prepares from `start` on and tries crashes at all of its changes.
  void crash_while_preparing(FileTree const& start, bool is_first) {
    set_file_tree(folder(), start);
    ShardRecorder recorder(folder().string(), start);
    {
      FolderWatch const watch(folder(), recorder);
      (void)market_.prepare({.threads = 1});  // the recorder has no locks
    }
    auto const undisturbed = digests();
    for (std::size_t count = 0; count <= recorder.changes().size(); ++count) {
      CrashedDisk const disk(start, recorder, count);
      for (std::size_t i = 0; i < tries(12, 1000); ++i) {
        CrashChoice choice;
        for (std::size_t k = 0; k < disk.pending().size(); ++k) {
          choice.lost.push_back(i != 0 && (i == 1 || random_() % 2 == 0));
        }
        choice.zeros = random_() % 2 == 0;
        if (random_() % 2 == 0) choice.kept = random_() % 5000;
        try_start(disk.state(choice), is_first, undisturbed);
        if (HasFailure()) return;
      }
    }
  }

  void try_start(FileTree const& tree, bool is_first, std::vector<std::string> const& undisturbed) {
    std::string text;
    for (auto const& [name, bytes] : tree) text += name + '\0' + bytes + '\0';
    if (!seen_.insert(std::hash<std::string>{}(text)).second) return;
    set_file_tree(folder(), tree);
    if (is_first && tree.contains("manifest.json")) {
      for (auto const& entry : read_manifest(folder()).shards) {
        ASSERT_EQ(digest_of_file(folder() / entry.file), entry.sha256) << names_of(tree);
      }
    }
    (void)market_.prepare();
    ASSERT_EQ(digests(), undisturbed) << names_of(tree);
    for (auto const& entry : read_manifest(folder()).shards) {
      ASSERT_EQ(digest_of_file(folder() / entry.file), entry.sha256) << names_of(tree);
    }
  }

  SmallMarket market_;
  std::mt19937 random_;
  std::unordered_set<std::size_t> seen_;
};

TEST_F(PrepareStates, AfterAnyCrashListOnlyWholeShards) {
  char const* const given = std::getenv("SEED");
  auto const seed =
      given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  random_.seed(seed);
  SCOPED_TRACE(testing::Message() << "SEED=" << seed);
  auto const all = SmallMarket::synthetic("KRW-BTC");
  market_.set_candles("KRW-BTC", {all.begin(), all.end() - 600});
  crash_while_preparing({}, true);
  if (HasFailure()) return;
  (void)market_.prepare();
  FileTree const earlier = file_tree(folder());
  market_.set_candles("KRW-BTC", all);
  crash_while_preparing(earlier, false);
  std::cout << "seed " << seed << ": " << seen_.size() << " different states\n";
  EXPECT_GT(seen_.size(), 50u);
}

}  // namespace
}  // namespace moneta
