// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checkpoint/load.h"
#include "checkpoint/rotation.h"
#include "checkpoint/sample_state.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

/// A folder with checkpoints of epochs 1, 2 and 3 of one coin.
class LoadNewest : public testing::Test {
 protected:
  LoadNewest() {
    for (std::int64_t epoch = 1; epoch <= 3; ++epoch) {
      auto const saved = write_checkpoint(folder_.path(), sample_state("KRW-BTC", epoch));
      (void)add_and_rotate(index_, saved, 3, 0);
      files_.push_back(folder_ / saved.file);
    }
  }

  /// Expects that the second newest checkpoint is loaded, with one message about the newest.
  void expect_fallback(std::string const& message) {
    auto const loaded = load_newest(folder_.path(), index_, "KRW-BTC");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->state.header.progress.epoch, 2);
    ASSERT_EQ(loaded->rejected.size(), 1u);
    EXPECT_NE(loaded->rejected[0].find(message), std::string::npos) << loaded->rejected[0];
    EXPECT_NE(loaded->rejected[0].find(files_[2].string()), std::string::npos);
  }

  ScratchFolder folder_;
  CheckpointIndex index_;
  std::vector<fs::path> files_;
};

TEST_F(LoadNewest, LoadsTheNewest) {
  auto const loaded = load_newest(folder_.path(), index_, "KRW-BTC");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->state.header.progress, sample_state("KRW-BTC", 3).header.progress);
  EXPECT_EQ(loaded->from, index_.coins.at("KRW-BTC").back());
  EXPECT_TRUE(loaded->rejected.empty());
}

TEST_F(LoadNewest, ReturnsNothingForACoinWithoutEntries) {
  EXPECT_FALSE(load_newest(folder_.path(), index_, "KRW-ETH"));
}

TEST_F(LoadNewest, FallsBackFromALinkToOutside) {
  ScratchFolder const elsewhere;
  fs::rename(files_[2], elsewhere / "moved");
  fs::create_symlink(elsewhere / "moved", files_[2]);
  expect_fallback("leads out of the folder");
}

TEST_F(LoadNewest, FallsBackWhicheverByteIsDamaged) {
  std::string const good = read_bytes(files_[2]);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    write_bytes(files_[2], bad);
    expect_fallback("is damaged (its SHA-256 is not the one in index.json)");
  }
}

// `moneta inspect` reads a file without the digest in the index: it must not crash.
TEST_F(LoadNewest, ReadsADamagedFileWithoutACrash) {
  std::string const good = read_bytes(files_[2]);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    write_bytes(files_[2], bad);
    try {
      (void)read_checkpoint(files_[2]);
    } catch (Error const& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      ++refused;
    }
  }
  EXPECT_GT(refused, good.size() / 2);
}

TEST_F(LoadNewest, FallsBackWhereverTheFileIsCutShort) {
  std::string const good = read_bytes(files_[2]);
  for (std::size_t size = 0; size < good.size(); ++size) {
    write_bytes(files_[2], good.substr(0, size));
    expect_fallback(fmt::format("has {} bytes ({} were written)", size, good.size()));
    EXPECT_THROW((void)read_checkpoint(files_[2]), Error) << size;
  }
}

TEST_F(LoadNewest, FallsBackFromAMissingFile) {
  fs::remove(files_[2]);
  expect_fallback("cannot be read (No such file or directory)");
}

TEST_F(LoadNewest, FallsBackOverSeveral) {
  fs::remove(files_[2]);
  write_bytes(files_[1], "");
  auto const loaded = load_newest(folder_.path(), index_, "KRW-BTC");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->state.header.progress.epoch, 1);
  EXPECT_EQ(loaded->rejected.size(), 2u);
}

TEST_F(LoadNewest, FallsBackFromAnotherCheckpointWithAMatchingDigest) {
  fs::copy_file(files_[0], files_[2], fs::copy_options::overwrite_existing);
  auto& entries = index_.coins.at("KRW-BTC");
  entries[2].sha256 = entries[0].sha256;
  entries[2].bytes = entries[0].bytes;
  expect_fallback("(coin KRW-BTC, epoch 1)");
}

TEST_F(LoadNewest, FailsIfNoneIsValid) {
  for (auto const& file : files_) write_bytes(file, "");
  expect_error(ErrorKind::data, "no checkpoint of KRW-BTC can be used ('",
               [&] { (void)load_newest(folder_.path(), index_, "KRW-BTC"); });
}

}  // namespace
}  // namespace moneta
