// SPDX-License-Identifier: Apache-2.0
// Damages every byte of a checkpoint and of the index, and random bytes of a shard. Each time the
// damage is noticed, and the message names the file.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>

#include "base/error.h"
#include "checkpoint/load.h"
#include "crash/file_tree.h"
#include "crash/io_calls.h"
#include "crash/saving_run.h"
#include "data/load_dataset.h"
#include "data/small_market.h"
#include "support/error_text.h"
#include "support/long_form.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

/// Overwrites one byte of a file.
void put_byte(fs::path const& path, std::size_t at, char byte) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

char flipped(char byte, unsigned bits) {
  return static_cast<char>(static_cast<unsigned char>(byte) ^ bits);
}

/// Two coins after some epochs.
class DamagedCheckpoints : public testing::Test {
 protected:
  DamagedCheckpoints() {
    SavingRun run(folder_.path());
    for (SavePoint const& point : save_points) run.save(state_at(point));
    index_ = run.index();
  }

  ScratchFolder const folder_{memory_folder()};
  CheckpointIndex index_;
};

std::vector<unsigned> const all_bits = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};

TEST_F(DamagedCheckpoints, AreReplacedByThePreviousOnesAndNamed) {
  auto const& entries = index_.coins.at("A");
  fs::path const newest = folder_ / entries.back().file;
  SavedCheckpoint const& before = entries[entries.size() - 2];
  std::string const good = read_bytes(newest);
  std::size_t flips = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::vector<unsigned> const one_and_all = {1U << at % 8, 0xff};
    for (unsigned const bits : tries(0, 1) == 0 ? one_and_all : all_bits) {
      put_byte(newest, at, flipped(good[at], bits));
      auto const loaded = load_newest(folder_.path(), index_, "A");
      ASSERT_TRUE(loaded && loaded->from == before) << "byte " << at << ", bits " << bits;
      ASSERT_EQ(loaded->rejected.size(), 1u);
      ASSERT_NE(loaded->rejected[0].find(newest.string()), std::string::npos);
      ++flips;
    }
    put_byte(newest, at, good[at]);
  }
  EXPECT_TRUE(load_newest(folder_.path(), index_, "A")->rejected.empty());
  std::cout << flips << " flips in " << good.size() << " bytes\n";
}

TEST_F(DamagedCheckpoints, IndexIsRejectedAndNamed) {
  fs::path const path = folder_ / "index.json";
  std::string const good = read_bytes(path);
  std::size_t flips = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned const bits : all_bits) {
      put_byte(path, at, flipped(good[at], bits));
      std::string const text =
          error_text(ErrorKind::data, [&] { (void)read_index(folder_.path()); });
      ASSERT_NE(text.find(path.string()), std::string::npos)
          << "byte " << at << ", bits " << bits << ": " << text;
      ++flips;
    }
    put_byte(path, at, good[at]);
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    write_bytes(path, std::string_view(good).substr(0, size));
    ASSERT_FALSE(error_text(ErrorKind::data, [&] { (void)read_index(folder_.path()); }).empty());
  }
  write_bytes(path, good);
  EXPECT_EQ(read_index(folder_.path()), index_);
  std::cout << flips << " flips in, and " << good.size() << " cuts of " << good.size()
            << " bytes\n";
}

/// Detects whether HDF5 opens a shard: it calls `open`, whereas the digest calls `fopen`.
class OpenedByHdf5 : public IoWatcher {
 public:
  IoAnswer before(IoCall const& call) override {
    opened = opened || (std::string_view(call.name) == "open" && call.path.ends_with(".h5"));
    return {};
  }
  bool opened = false;
};

TEST(DamagedShards, AreRejectedAndNamedBeforeHdf5OpensThem) {
  SmallMarket const market;
  market.prepare();
  fs::path const path = market.shard("KRW-BTC", "2025-01");
  std::string const good = read_bytes(path);
  char const* const given = std::getenv("SEED");
  auto const seed =
      given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  std::mt19937 random(seed);
  std::size_t const flips = tries(10'000, 100'000);
  OpenedByHdf5 watcher;
  watch_io(market.folder.path().string(), &watcher);
  EXPECT_NO_THROW(load_dataset(market.config, "KRW-BTC"));
  EXPECT_TRUE(watcher.opened) << "this test no longer detects that HDF5 opens a file";
  watcher.opened = false;
  for (std::size_t i = 0; i < flips && !testing::Test::HasFailure(); ++i) {
    std::size_t const at = random() % good.size();
    put_byte(path, at, flipped(good[at], 1U << random() % 8));
    std::string const text =
        error_text(ErrorKind::data, [&] { (void)load_dataset(market.config, "KRW-BTC"); });
    EXPECT_NE(text.find(path.string() + "' is damaged (its digest"), std::string::npos) << text;
    EXPECT_FALSE(watcher.opened);
    put_byte(path, at, good[at]);
  }
  watch_io("", nullptr);
  std::cout << "seed " << seed << ": " << flips << " flips in " << good.size() << " bytes\n";
}

}  // namespace
}  // namespace moneta
