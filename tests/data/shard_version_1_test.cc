// SPDX-License-Identifier: Apache-2.0
// tests/golden/shards_version_1 was written by the last program that wrote version 1, from the
// artificial coin that `candles` makes again.
#include <gtest/gtest.h>

#include "data/load_dataset.h"
#include "data/manifest.h"
#include "data/read_shard.h"
#include "data/small_market.h"
#include "data/small_shard.h"
#include "data/write_shard.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

fs::path const version_1_folder = fs::path(MONETA_TESTS) / "golden/shards_version_1";
constexpr char const* version_1_file = "KRW-BTC/2025-01.h5";

DataConfig version_1_data(fs::path const& shards) {
  DataConfig data;
  data.shards = shards.string();
  data.days = 4;
  data.timeframes = {{"15m", 15, 4}};
  data.stride_minutes = 60;
  return data;
}

std::vector<Candle> version_1_candles() {
  SynthSettings settings;
  settings.seed = 7;
  settings.start_s = 1'737'936'000;  // 2025-01-27
  settings.days = 4;
  return make_synthetic_coin(settings, "KRW-BTC").candles;
}

/// Prepares the same candles with this program.
Config prepare_again(ScratchFolder const& folder) {
  Config config;
  config.coins = {"KRW-BTC"};
  config.data = version_1_data(folder / "shards");
  config.data.raw = folder.path().string();
  write_candles(folder / "KRW-BTC.csv", version_1_candles());
  (void)prepare_shards(config, {});
  return config;
}

TEST(ShardVersion1, IsReadAndHasTheSameSamples) {
  ScratchFolder const folder;
  prepare_again(folder);
  Shard const old = read_shard(version_1_folder / version_1_file);
  Shard made = read_shard(folder / "shards" / version_1_file);
  EXPECT_EQ(old.version, 1);
  EXPECT_EQ(made.version, 2);
  EXPECT_NE(made.close, old.close) << "version 1 rounds prices to float32";
  for (double& close : made.close) close = static_cast<float>(close);
  expect_same(old, made);
  expect_same_rows(old, made);
}

TEST(ShardVersion1, HasTheDigestThatItsRunsHaveStored) {
  EXPECT_EQ(dataset_digest(read_manifest(version_1_folder), "KRW-BTC"),
            "4fea3554109add79cb3625d85d9fab0670988f06f7f187f2ff84629ae59741e9");
  ScratchFolder const folder;
  prepare_again(folder);
  EXPECT_EQ(dataset_digest(read_manifest(folder / "shards"), "KRW-BTC"),
            "4fea3554109add79cb3625d85d9fab0670988f06f7f187f2ff84629ae59741e9");
}

TEST(ShardVersion1, IsKeptByPrepareWhileItsCandlesAreTheSame) {
  ScratchFolder const folder;
  fs::copy(version_1_folder, folder / "shards", fs::copy_options::recursive);
  prepare_again(folder);
  EXPECT_EQ(read_shard(folder / "shards" / version_1_file).version, 1);
}

}  // namespace
}  // namespace moneta
