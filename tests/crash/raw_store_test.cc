// SPDX-License-Identifier: Apache-2.0
// Every state in which a crash of the machine may leave a raw folder while a coin's candles are
// stored: the next call finds the candles before or after, never a file that it does not know, and
// completes what was interrupted.
#include "market/raw_store.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <unordered_set>

#include "crash/disk_model.h"
#include "market/made_candles.h"
#include "market/read_candles.h"
#include "market/write_candles.h"
#include "support/long_form.h"

namespace moneta {
namespace {

using Candles = std::vector<Candle>;

CandleOrigin const from_file = {"import", "a.csv", "CSV", "upbit", "KRW-BTC"};
CandleOrigin const from_synth = {"synth", "seed 1", "artificial market", "", ""};

Candles const& made() {
  static Candles const candles = made_candles(300, 1);
  return candles;
}

std::span<Candle const> made(std::size_t from, std::size_t count) {
  return std::span(made()).subspan(from, count);
}

void merge(std::filesystem::path const& folder, std::span<Candle const> candles,
           OnDifference on_difference = OnDifference::keep) {
  merge_candles(folder, "A", candles, from_file, 1, on_difference);
}

struct ChangeCase {
  char const* name;
  void (*prepare)(std::filesystem::path const& folder);
  void (*change)(std::filesystem::path const& folder);

  friend void PrintTo(ChangeCase const& c, std::ostream* out) { *out << c.name; }
};

class RawStoreCrash : public testing::TestWithParam<ChangeCase> {
 protected:
  Candles candles() {
    auto const path = folder_ / "A.csv.gz";
    return std::filesystem::exists(path) ? read_candles(path, BadRows::error).candles : Candles();
  }

  void try_state(FileTree const& tree, bool is_done) {
    std::string text;
    for (auto const& [name, bytes] : tree) text += name + '\0' + bytes + '\0';
    if (!seen_.insert(std::hash<std::string>{}(text)).second && !is_done) return;
    set_file_tree(folder_.path(), tree);
    auto const found = candles();
    ASSERT_TRUE(found == after_ || (found == before_ && !is_done)) << names_of(tree);
    ASSERT_NO_THROW(GetParam().change(folder_.path())) << names_of(tree);
    ASSERT_EQ(candles(), after_) << names_of(tree);
    ASSERT_EQ(stored_candles(folder_.path(), "A")->candles, after_.size());
  }

  ScratchFolder const folder_{memory_folder()};
  Candles before_, after_;
  std::unordered_set<std::size_t> seen_;
};

TEST_P(RawStoreCrash, LeavesTheCandlesBeforeOrAfter) {
  std::mt19937 random(1);
  GetParam().prepare(folder_.path());
  before_ = candles();
  FileTree const start = file_tree(folder_.path());
  DiskRecorder recorder(folder_.path().string(), start);
  watch_io(folder_.path().string(), &recorder);
  GetParam().change(folder_.path());
  watch_io("", nullptr);
  after_ = candles();
  ASSERT_NE(before_, after_);
  for (std::size_t count = 0; count <= recorder.changes().size(); ++count) {
    CrashedDisk const disk(start, recorder, count);
    for (std::size_t i = 0; i < tries(40, 2000); ++i) {
      CrashChoice choice;
      // All changes are lost, none is, or some are.
      for (std::size_t p = 0; p < disk.pending().size(); ++p) {
        choice.lost.push_back(i == 0 || (i > 1 && random() % 2 == 0));
      }
      choice.zeros = random() % 2 == 0;
      choice.kept = i > 1 && random() % 2 == 0 ? random() % 200 : SIZE_MAX;
      try_state(disk.state(choice), count == recorder.changes().size());
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(seen_.size(), 15u);
}

using Path = std::filesystem::path;

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RawStoreCrash, testing::ValuesIn(std::vector<ChangeCase>{
    {"First", [](Path const&) {}, [](Path const& folder) { merge(folder, made(0, 300)); }},
    {"Append", [](Path const& folder) { merge(folder, made(0, 200)); },
     [](Path const& folder) { merge(folder, made(190, 110)); }},
    {"Rewrite", [](Path const& folder) { merge(folder, made(100, 200)); },
     [](Path const& folder) { merge(folder, made(0, 120)); }},
    {"Replace", [](Path const& folder) { merge(folder, made(0, 300)); },
     [](Path const& folder) {
       Candle changed = made()[7];
       changed.volume += 1;
       merge(folder, std::span(&changed, 1), OnDifference::replace);
     }},
    {"ArtificialWithoutSidecar",
     [](Path const& folder) { write_candles(folder / "A.csv.gz", made(0, 300)); },
     [](Path const& folder) {
       RawCoin coin(folder, "A", 1, WithoutSidecar::artificial);
       coin.replace_all(made(0, 250), from_synth);
       coin.write();
     }},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
