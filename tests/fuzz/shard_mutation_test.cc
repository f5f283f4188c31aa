// SPDX-License-Identifier: Apache-2.0
// Damaged shards with valid checksums: whatever the library does with them, `moneta inspect`
// accepts or rejects them in bounded time. A campaign prints its seed; SEED=... repeats it.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "base/error.h"
#include "base/json.h"
#include "data/inspect.h"
#include "data/manifest.h"
#include "data/small_shard.h"
#include "data/validate_in_child.h"
#include "data/write_dense.h"
#include "data/write_shard.h"
#include "fuzz/h5_mutator.h"
#include "fuzz/other_writers.h"
#include "support/long_form.h"
#include "support/scratch_folder.h"

namespace moneta::fuzz {
namespace {

namespace fs = std::filesystem;

std::uint64_t campaign_seed() {
  char const* const given = std::getenv("SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

void write_compact(fs::path const& path) { write_shard(path, small_shard()); }
void write_dense(fs::path const& path) { write_dense_shard(path, small_shard()); }
template <Writer writer>
void write_as(fs::path const& path) {
  auto const ours = path.string() + ".ours";
  write_shard(ours, small_shard());
  copy_as(ours, path, writer);
}

struct ShardKind {
  char const* name;
  void (*write)(fs::path const& path);
  std::size_t structures, checksums;  ///< minimum
};

class MutatedShards : public testing::TestWithParam<ShardKind> {};

/// The word for the outcome of a file, for the statistics.
std::string outcome(Error const& error) {
  std::string const text = error.what();
  for (auto const& [part, word] : {std::pair{"a signal ended", "crashed the process"},
                                   std::pair{"it took more than", "took too long"},
                                   std::pair{"MiB of memory", "took too much memory"}}) {
    if (text.find(part) != std::string::npos) return word;
  }
  return "rejected";
}

TEST_P(MutatedShards, AreAcceptedOrRejectedByNameWhateverHdf5Does) {
  ScratchFolder const folder;
  auto const path = folder / "a.h5";
  GetParam().write(path);
  EXPECT_NO_THROW((void)validate_in_child(path)) << "the unchanged file is valid";
  auto const seed = campaign_seed();
  H5Mutator const mutator(read_bytes(path), seed);
  EXPECT_GE(mutator.structures(), GetParam().structures);
  EXPECT_GE(mutator.checksums(), GetParam().checksums);
  ChildLimits const limits{.cpu_s = 2, .wall_s = 20, .memory_bytes = std::size_t{1} << 30};
  std::map<std::string, std::size_t> outcomes;
  std::size_t const count = tries(400, 100'000);
  for (std::size_t i = 0; i < count; ++i) {
    SCOPED_TRACE(testing::Message() << "SEED=" << seed << ", mutation " << i);
    write_bytes(path, mutator.mutate(i));
    try {
      (void)validate_in_child(path, limits);
      ++outcomes["accepted"];
    } catch (Error const& error) {
      ++outcomes[outcome(error)];
      std::string const text = error.what();
      EXPECT_EQ(error.kind(), ErrorKind::data) << text;
      EXPECT_NE(text.find(path.string()), std::string::npos) << text;
      EXPECT_EQ(text.find_first_of("\x1b\x07\n\r"), std::string::npos) << text;
      EXPECT_LT(text.size(), 1000u) << text;
    }
    if (testing::Test::HasFailure()) break;
  }
  std::printf("%s: seed %llu, %zu mutations of %zu structures:", GetParam().name,
              static_cast<unsigned long long>(seed), count, mutator.structures());
  for (auto const& [word, times] : outcomes) std::printf(" %zu %s,", times, word.c_str());
  std::printf(" no other outcome\n");
  EXPECT_GT(outcomes["rejected"], count / 20);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, MutatedShards, testing::ValuesIn(std::vector<ShardKind>{
    {"Ours",      write_compact,              20, 10},
    {"OursDense", write_dense,                20, 10},
    {"Old",       write_as<Writer::old>,      10, 0},
    {"Newest",    write_as<Writer::newest>,   30, 25},
    {"Unpacked",  write_as<Writer::unpacked>, 10, 0},
}), [](auto const& each) { return each.param.name; });
// clang-format on

/// The same damage to a shard in a manifest: its digest differs, and this process never opens it.
TEST(MutatedShard, InAManifestIsRecognizedByItsDigest) {
  ScratchFolder const folder;
  fs::create_directories(folder / "shards/KRW-BTC");
  auto const path = folder / "shards/KRW-BTC/2025-01.h5";
  auto const written = write_shard(path, small_shard());
  Manifest manifest;
  manifest.settings = preparation_settings(DataConfig{});
  manifest.settings["timeframes"] = {{"1m", 4}, {"5m", 2}};
  manifest.shards.push_back(make_entry("KRW-BTC/2025-01.h5", small_shard(), written));
  write_manifest(folder / "shards", manifest);
  EXPECT_EQ(describe_shard(path)["manifest"], "matches");
  auto const good = read_bytes(path);
  H5Mutator const mutator(good, 1);
  for (std::size_t i = 0; i < 50; ++i) {
    auto const bytes = mutator.mutate(i);
    if (bytes == good) continue;  // a mutation may write what is there
    write_bytes(path, bytes);
    Json const description = describe_shard(path);
    EXPECT_EQ(description["manifest"], "differs");
    EXPECT_EQ(description["sound"], false);
  }
}

}  // namespace
}  // namespace moneta::fuzz
