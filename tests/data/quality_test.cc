// SPDX-License-Identifier: Apache-2.0
#include "data/quality.h"

#include <gtest/gtest.h>

#include "base/time.h"
#include "data/quality_file.h"
#include "data/quality_table.h"
#include "data/ready_coins.h"
#include "data/small_market.h"
#include "support/error_text.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// The record of the market's first coin after a preparation.
CoinQuality quality_of(SmallMarket const& market) { return market.prepare().coins.at(0); }

bool has_warning(CoinQuality const& quality, std::string const& part) {
  return std::any_of(quality.warnings.begin(), quality.warnings.end(),
                     [&](auto const& each) { return each.find(part) != std::string::npos; });
}

TEST(Quality, CountsMinutesSamplesAndTheTestPart) {
  SmallMarket const market;
  auto const quality = quality_of(market);
  auto const candles = market.candles("KRW-BTC");
  EXPECT_EQ(quality.coin, "KRW-BTC");
  EXPECT_EQ(quality.state, DataState::prepared);
  EXPECT_EQ(quality.first_time_s, candles.front().time_s);
  EXPECT_EQ(static_cast<std::int64_t>(quality.minutes),
            (quality.end_s - quality.first_time_s) / 60);
  EXPECT_EQ(quality.filled_minutes,
            quality.minutes - static_cast<std::size_t>(std::count_if(
                                  candles.begin(), candles.end(),
                                  [&](auto const& each) { return each.time_s < quality.end_s; })));
  std::size_t samples = 0;
  for (auto const& entry : read_manifest(market.config.data.shards).shards) {
    if (entry.coin == "KRW-BTC") samples += entry.samples;
  }
  EXPECT_EQ(quality.samples, samples);
  EXPECT_EQ(quality.left_out_not_finite, 0u);
  EXPECT_GT(quality.test_first_s, quality.first_time_s);
  EXPECT_GT(quality.test_last_s, quality.test_first_s);
  EXPECT_LT(quality.largest_step, 0.2);
  EXPECT_GT(quality.largest_step, 0.0);
  EXPECT_TRUE(quality.warnings.empty()) << testing::PrintToString(quality.warnings);
}

TEST(Quality, IsWrittenAndReadBack) {
  SmallMarket market;
  replace_in_file(market.raw("KRW-ETH"), "\n17381088", "\nbad,row\n17381088");
  market.config.data.on_bad_row = BadRows::skip;
  auto const summary = market.prepare();
  auto const read = read_quality(market.config.data.shards);
  ASSERT_EQ(read.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read[i].coin, summary.coins[i].coin);
    EXPECT_EQ(read[i].state, summary.coins[i].state);
    EXPECT_EQ(read[i].end_s, summary.coins[i].end_s);
    EXPECT_EQ(read[i].samples, summary.coins[i].samples);
    EXPECT_EQ(read[i].skipped, summary.coins[i].skipped);
    EXPECT_EQ(read[i].largest_step, summary.coins[i].largest_step);
    EXPECT_EQ(read[i].warnings, summary.coins[i].warnings);
  }
  EXPECT_EQ(read[1].skipped, (std::vector<SkippedRows>{{"wrong number of columns", 1, 2}}));
  EXPECT_TRUE(
      has_warning(read[1], "1 rows were skipped: wrong number of columns (first in line 2)"));
}

TEST(Quality, OfAnUnchangedCoinStays) {
  SmallMarket const market;
  market.prepare();
  auto const before = read_bytes(quality_path(market.config.data.shards));
  market.prepare();
  EXPECT_EQ(read_bytes(quality_path(market.config.data.shards)), before);
}

struct SpoiltCase {
  char const* name;
  void (*spoil)(std::vector<Candle>&);
  char const* warning;

  friend void PrintTo(SpoiltCase const& c, std::ostream* out) { *out << c.name; }
};

class Suspicion : public testing::TestWithParam<SpoiltCase> {};

TEST_P(Suspicion, IsAWarning) {
  SmallMarket market;
  market.config.coins = {"KRW-BTC"};
  market.config.data.max_price_step = 1e6;
  auto candles = market.candles("KRW-BTC");
  GetParam().spoil(candles);
  market.set_candles("KRW-BTC", candles);
  auto const quality = quality_of(market);
  EXPECT_TRUE(has_warning(quality, GetParam().warning)) << testing::PrintToString(quality.warnings);
}

void erase_minutes(std::vector<Candle>& candles, std::int64_t first_s, std::int64_t minutes) {
  std::erase_if(candles, [&](auto const& each) {
    return each.time_s >= first_s && each.time_s < first_s + minutes * 60;
  });
}

void scale_prices(Candle& candle, double factor) {
  for (double* price : {&candle.open, &candle.high, &candle.low, &candle.close}) *price *= factor;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Suspicion, testing::ValuesIn(std::vector<SpoiltCase>{
    {"Gap", [](auto& candles) { erase_minutes(candles, 1'738'281'600, 1440); },
     "there is no trade for 24h 0"},
    {"MostSamplesLeftOut", [](auto& candles) {
       std::size_t i = 0;
       auto const end = candles.size() * 7 / 10;
       std::erase_if(candles, [&](auto const&) { return ++i % 3 == 0 && i < end; });
     }, " samples were left out ("},
    {"Redenomination", [](auto& candles) {
       for (auto i = candles.size() / 2; i < candles.size(); ++i) scale_prices(candles[i], 1000);
     }, "and stays there (a token swap or a redenomination?)"},
    {"WrongCandle", [](auto& candles) { scale_prices(candles[candles.size() / 2], 1000); },
     "(one wrong candle?)"},
    {"NoVolume", [](auto& candles) { for (auto& each : candles) each.volume = 0; },
     "the volume is 0 in all candles from 2025-01-29T00:0"},
    {"MarkPrices", [](auto& candles) { for (auto& each : candles) each.volume = 0; },
     " % of the candles the price moves with volume 0 (mark or index prices?)"},
    {"RestingPrice", [](auto& candles) {
       for (std::size_t i = 0; i < candles.size(); ++i) {
         double const price = i < candles.size() - 1500 ? 100 + static_cast<double>(i / 500) : 120 + static_cast<double>(i % 3);
         candles[i].open = candles[i].high = candles[i].low = candles[i].close = price;
       }
     }, "the price does not change within the horizon (its tick is 1)"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Quality, CountsPricesThatMoveWithoutVolumeAsTrades) {
  SmallMarket market;
  market.config.coins = {"KRW-BTC"};
  auto candles = market.candles("KRW-BTC");
  for (auto& each : candles) each.volume = 0;
  market.set_candles("KRW-BTC", candles);
  auto const quality = quality_of(market);
  EXPECT_LT(quality.filled_minutes, quality.minutes / 10);
  EXPECT_GT(quality.moving_without_volume_share, 0.9);
}

TEST(Quality, TableHasALineForEachCoin) {
  CoinQuality good;
  good.coin = "KRW-BTC";
  good.first_time_s = 1'738'108'800;
  good.end_s = good.first_time_s + 6 * seconds_per_day;
  good.minutes = 8640;
  good.filled_minutes = 864;
  good.longest_gap_minutes = 90;
  good.longest_gap_s = good.first_time_s + 3600;
  good.samples = 1000;
  good.left_out_filled = 3;
  good.skipped = {{"repeated minute", 2, 7}, {"empty line", 1, 9}};
  CoinQuality young;
  young.coin = "KRW-NEW";
  young.state = DataState::too_new;
  auto const table = quality_table({good, young});
  for (std::string const part :
       {"KRW-BTC       2025-01-29 00:00  2025-02-04 00:00       8640   10.00 %  "
        "90 min, 2025-01-29 01:00          3      1000         3  none\n",
        "KRW-NEW       too new\n"}) {
    EXPECT_NE(table.find(part), std::string::npos) << table;
  }
}

struct RecordDamageCase {
  char const* name;
  char const* from;
  char const* to;
  char const* message;

  friend void PrintTo(RecordDamageCase const& c, std::ostream* out) { *out << c.name; }
};

class DamagedQuality : public testing::TestWithParam<RecordDamageCase> {};

TEST_P(DamagedQuality, IsNamedAndWrittenAgain) {
  SmallMarket const market;
  market.prepare();
  auto const path = quality_path(market.config.data.shards);
  auto const good = read_bytes(path);
  replace_in_file(path, GetParam().from, GetParam().to);
  auto const text = error_text(ErrorKind::data, [&] { read_quality(market.config.data.shards); });
  EXPECT_NE(text.find(path.string()), std::string::npos) << text;
  EXPECT_NE(text.find(GetParam().message), std::string::npos) << text;
  market.prepare();
  EXPECT_EQ(read_bytes(path), good);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, DamagedQuality, testing::ValuesIn(std::vector<RecordDamageCase>{
    {"Format",   "moneta-quality", "other",          "'format' is not 'moneta-quality'"},
    {"Version",  "\"version\": 1", "\"version\": 9", "has version 9 (this program reads version 1)"},
    {"State",    "\"prepared\"",   "\"asleep\"",     "coin 1, 'state' is 'asleep'"},
    {"Skipped",  "\"skipped\": []", "\"skipped\": 3", "coin 1, 'skipped' is not a list"},
    {"Warnings", "\"warnings\": []", "\"warnings\": [3]", "coin 1, 'warnings' contains something other than text"},
    {"Coins",    "\"coins\": [",   "\"coins\": {}, \"x\": [", "'coins' is not a list"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Quality, OfAFolderWithoutRecordsIsAnError) {
  ScratchFolder const folder;
  auto const text = error_text(ErrorKind::data, [&] { read_quality(folder.path()); });
  EXPECT_NE(text.find("there is no record of the data (no '" + (folder / "quality.json").string() +
                      "'). Run `moneta prepare`?"),
            std::string::npos)
      << text;
}

std::vector<CoinQuality> with_states(std::vector<DataState> const& states) {
  std::vector<CoinQuality> all;
  for (std::size_t i = 0; i < states.size(); ++i) {
    auto& each = all.emplace_back();
    each.coin = std::string(1, static_cast<char>('A' + i));
    each.state = states[i];
    each.problem = "why";
  }
  return all;
}

TEST(ReadyCoins, LeaveOutThoseThatAreTooNewOrEnded) {
  ScratchFolder const folder;
  Config config;
  config.data.shards = folder.path().string();
  config.coins = {"A", "B", "C", "D"};
  EXPECT_TRUE(leave_out_unready_coins(config).empty()) << "no records";
  write_quality(folder.path(), with_states({DataState::prepared, DataState::too_new,
                                            DataState::ended, DataState::failed}));
  config.placement = {{"B", "A"}, {"C", "D"}};
  EXPECT_EQ(leave_out_unready_coins(config),
            (std::vector<std::string>{"coin B is not trained: why", "coin C is not trained: why"}));
  EXPECT_EQ(config.coins, (std::vector<std::string>{"A", "D"}));
  EXPECT_EQ(config.placement, (std::vector<std::vector<std::string>>{{"A"}, {"D"}}));
  config.coins = {"A", "B"};
  config.placement = {{"A"}, {"B"}};
  EXPECT_EQ(leave_out_unready_coins(config).size(), 1u);
  EXPECT_TRUE(config.placement.empty()) << "a rank without coins";
  config.coins = {"B", "C"};
  EXPECT_TRUE(leave_out_unready_coins(config).empty()) << "none would be left";
  EXPECT_EQ(config.coins.size(), 2u);
}

}  // namespace
}  // namespace moneta
