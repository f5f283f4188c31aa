// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "data/dense_source.h"
#include "data/load_dataset.h"
#include "data/manifest.h"
#include "data/read_shard.h"
#include "data/small_market.h"
#include "data/write_dense.h"
#include "support/error_text.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// A prepared market, with the same shards in the dense layout.
struct BothLayouts {
  SmallMarket market;
  Config dense;

  BothLayouts() {
    market.prepare();
    dense = market.config;
    dense.data.shards = (market.folder / "dense").string();
    convert_to_dense(market.config.data.shards, dense.data.shards);
  }
};

/// The windows of `samples`, [N,T,F] one after the other.
std::vector<float> windows(CoinDataset& dataset, std::size_t k,
                           std::vector<std::size_t> const& samples) {
  WindowRows const cut = dataset.source->windows(k, samples);
  std::size_t const size = dataset.steps[k] * feature_count;
  std::vector<float> values;
  for (std::int64_t const end : cut.ends) {
    auto const last = static_cast<std::size_t>(end + 1) * feature_count;
    EXPECT_LE(last, cut.rows.size());
    EXPECT_GE(last, size);
    auto const window = cut.rows.subspan(last - size, size);
    values.insert(values.end(), window.begin(), window.end());
  }
  return values;
}

TEST(Dataset, IsBitwiseEqualFromBothLayouts) {
  BothLayouts const both;
  for (auto const& coin : both.market.config.coins) {
    CoinDataset compact = load_dataset(both.market.config, coin);
    CoinDataset dense = load_dataset(both.dense, coin);
    EXPECT_TRUE(compact.source->rows_are_resident());
    EXPECT_FALSE(dense.source->rows_are_resident());
    EXPECT_EQ(compact.digest, dense.digest);
    EXPECT_EQ(compact.time_s, dense.time_s);
    EXPECT_EQ(compact.close, dense.close);
    EXPECT_EQ(compact.target, dense.target);
    EXPECT_EQ(compact.split.train.size(), dense.split.train.size());
    EXPECT_EQ(compact.split.test.begin, dense.split.test.begin);
    EXPECT_EQ(compact.scaler.mean, dense.scaler.mean);
    EXPECT_EQ(compact.scaler.stddev, dense.scaler.stddev);
    EXPECT_EQ(compact.scaler.target_stddev, dense.scaler.target_stddev);
    std::size_t const count = compact.time_s.size();
    // Samples out of order, repeated, and of both months.
    std::vector<std::size_t> samples{count - 1, 0, 7, 7};
    for (std::size_t i = 0; i < count; i += 37) samples.push_back(i);
    for (std::size_t k = 0; k < compact.steps.size(); ++k)
      EXPECT_EQ(windows(compact, k, samples), windows(dense, k, samples)) << coin << ' ' << k;
  }
}

TEST(Dataset, ContainsTheSamplesOfAllMonthsInTimeOrder) {
  SmallMarket const market;
  market.prepare();
  CoinDataset const dataset = load_dataset(market.config, "KRW-BTC");
  std::vector<std::int64_t> expected;
  for (char const* const month : {"2025-01", "2025-02"}) {
    Shard const shard = read_shard(market.shard("KRW-BTC", month));
    expected.insert(expected.end(), shard.time_s.begin(), shard.time_s.end());
  }
  EXPECT_EQ(dataset.time_s, expected);
  EXPECT_TRUE(std::is_sorted(expected.begin(), expected.end()));
}

struct DamageCase {
  char const* name;
  std::vector<std::string> parts;
  void (*damage)(SmallMarket&);

  friend void PrintTo(DamageCase const& c, std::ostream* out) { *out << c.name; }
};

class DatasetErrors : public testing::TestWithParam<DamageCase> {};

TEST_P(DatasetErrors, NameTheFileAndARemedy) {
  SmallMarket market;
  market.prepare();
  GetParam().damage(market);
  std::string const text = error_text(ErrorKind::data, [&] {
    check_shards(market.config);
    load_dataset(market.config, "KRW-BTC");
  });
  for (auto const& part : GetParam().parts)
    EXPECT_NE(text.find(part), std::string::npos) << "no '" << part << "' in: " << text;
  EXPECT_TRUE(text.ends_with('?')) << text;
}

/// Moves a file or folder of the shards out of their folder and leaves a link to it.
void link_out(SmallMarket const& market, fs::path const& path) {
  fs::rename(path, market.folder / "away");
  fs::create_symlink(market.folder / "away", path);
}

/// Changes one byte in the middle of a file.
void flip(fs::path const& path) {
  std::string bytes = read_bytes(path);
  bytes[bytes.size() / 2] ^= 0x10;
  write_bytes(path, bytes);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, DatasetErrors, testing::ValuesIn(std::vector<DamageCase>{
    {"NoManifest", {"there are no prepared shards (no '", "manifest.json')", "moneta prepare", "data.shards"},
     [](SmallMarket& m) { fs::remove(m.manifest()); }},
    {"OtherFormat", {"manifest.json', 'format' is not '"},
     [](SmallMarket& m) { replace_in_file(m.manifest(), "\"format\": \"moneta-", "\"format\": \"other-"); }},
    {"OtherVersion", {"manifest.json' has version 9 (this program reads version 1)"},
     [](SmallMarket& m) { replace_in_file(m.manifest(), "\"version\": 1", "\"version\": 9"); }},
    {"OtherLayout", {"'layout' is 'sparse' (compact or dense is needed)"},
     [](SmallMarket& m) { replace_in_file(m.manifest(), "\"layout\": \"compact\"", "\"layout\": \"sparse\""); }},
    {"Outside", {"'file' is '../KRW-BTC", "a path inside the manifest's folder that ends in .h5 is needed"},
     [](SmallMarket& m) { replace_in_file(m.manifest(), "\"KRW-BTC/2025-01.h5\"", "\"../KRW-BTC/2025-01.h5\""); }},
    {"NotAShard", {"'file' is 'manifest.json' (a path inside the manifest's folder that ends in .h5"},
     [](SmallMarket& m) { replace_in_file(m.manifest(), "\"KRW-BTC/2025-01.h5\"", "\"manifest.json\""); }},
    {"NoMonth", {"'month' is '2025?01' (like 2021-04 is needed)"},
     [](SmallMarket& m) { replace_in_file(m.manifest(), "\"2025-01\"", "\"2025\\n01\""); }},
    {"LinkedOut", {"KRW-BTC/2025-01.h5' leads out of the folder '", "by a link (to '", "make the whole folder a link"},
     [](SmallMarket& m) { link_out(m, m.shard("KRW-BTC", "2025-01")); }},
    {"FolderLinkedOut", {"KRW-BTC/2025-01.h5' leads out of the folder '"},
     [](SmallMarket& m) { link_out(m, m.shard("KRW-BTC", "2025-01").parent_path()); }},
    {"Twice", {"lists '", "' twice"},
     [](SmallMarket& m) { replace_in_file(m.manifest(), "\"KRW-BTC/2025-01.h5\"", "\"KRW-BTC/2025-02.h5\""); }},
    {"Settings", {"data.stride_minutes is 7, but the shards in '", "were prepared with 5"},
     [](SmallMarket& m) { m.config.data.stride_minutes = 7; }},
    {"Horizon", {"data.horizon_minutes is 30, but", "were prepared with 15"},
     [](SmallMarket& m) { m.config.data.horizon_minutes = 30; }},
    {"NoSuchCoin", {"coin 'KRW-LUNA' has no shard in '", "(coins with shards: KRW-BTC, KRW-ETH)", "remove it from coins"},
     [](SmallMarket& m) { m.config.coins = {"KRW-LUNA"}; }},
    {"ShardGone", {"KRW-BTC/2025-02.h5' cannot be read (No such file", "the manifest lists it"},
     [](SmallMarket& m) { fs::remove(m.shard("KRW-BTC", "2025-02")); }},
    {"CutShort", {"KRW-BTC/2025-02.h5' has 1000 bytes (the manifest says ", "truncated or replaced"},
     [](SmallMarket& m) { fs::resize_file(m.shard("KRW-BTC", "2025-02"), 1000); }},
    {"OneBit", {"KRW-BTC/2025-01.h5' is damaged (its digest ", "is not the manifest's "},
     [](SmallMarket& m) { flip(m.shard("KRW-BTC", "2025-01")); }},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(DatasetErrors, PreparingDeletesNothingBehindALink) {
  SmallMarket market;
  market.prepare();
  link_out(market, market.shard("KRW-BTC", "2025-01").parent_path());
  market.config.data.stride_minutes = 7;  // so that all shards are out of date
  market.config.coins = {"KRW-ETH"};
  std::string const text = error_text(ErrorKind::data, [&] { market.replace(); });
  EXPECT_NE(text.find("KRW-BTC/2025-01.h5' leads out of the folder"), std::string::npos) << text;
  EXPECT_TRUE(fs::exists(market.folder / "away/2025-01.h5"));
}

TEST(DatasetErrors, ANumberThatIsNotFiniteInASequenceIsFoundBeforeTraining) {
  SmallMarket const market;
  market.prepare();
  Shard shard = read_shard(market.shard("KRW-BTC", "2025-01"));
  // The last bar of sample 3 is in later windows as well; the first of them is named.
  shard.timeframes[0]
      .features[static_cast<std::size_t>(shard.timeframes[0].ends[3]) * feature_count] =
      std::numeric_limits<float>::infinity();
  fs::path const path = market.folder / "dense.h5";
  write_dense_shard(path, shard);
  DenseSource source(market.config.data.timeframes);
  source.add(path, shard.samples());
  EXPECT_NO_THROW(source.last_rows(1));
  std::string const text = error_text(ErrorKind::data, [&] { source.last_rows(0); });
  EXPECT_NE(
      text.find("dense.h5', dataset '/sequences/1m': the window of sample 3 has a number that "
                "is not finite"),
      std::string::npos)
      << text;
}

}  // namespace
}  // namespace moneta
