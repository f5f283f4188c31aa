// SPDX-License-Identifier: Apache-2.0
// How the preparation of one coin affects the others.
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <thread>

#include "base/time.h"
#include "data/file_stamps.h"
#include "data/load_dataset.h"
#include "data/manifest.h"
#include "data/quality_file.h"
#include "data/small_market.h"
#include "market/raw_store.h"
#include "support/error_text.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

std::set<std::string> listed_coins(SmallMarket const& market) {
  std::set<std::string> coins;
  for (auto const& entry : read_manifest(market.config.data.shards).shards)
    coins.insert(entry.coin);
  return coins;
}

std::int64_t last_sample(SmallMarket const& market, std::string const& coin) {
  std::int64_t last = 0;
  for (auto const& entry : read_manifest(market.config.data.shards).shards) {
    if (entry.coin == coin) last = std::max(last, entry.last_time_s);
  }
  return last;
}

/// Removes the candles of the last `minutes`.
void cut_end(SmallMarket const& market, std::string const& coin, std::int64_t minutes) {
  auto candles = market.candles(coin);
  auto const end = candles.back().time_s - minutes * 60;
  std::erase_if(candles, [&](auto const& each) { return each.time_s > end; });
  market.set_candles(coin, candles);
}

/// Six artificial days, a new coin, and a coin with wrong candles.
struct WideMarket : SmallMarket {
  WideMarket() {
    config.coins = {"KRW-BAD", "KRW-BTC", "KRW-NEW", "KRW-ETH"};
    write_bytes(raw("KRW-BAD"), "timestamp,open,high,low,close,volume\n1,1,1,1,1,1\n");
    auto young = synthetic("KRW-NEW");
    young.erase(young.begin(), young.end() - 200);
    set_candles("KRW-NEW", young);
  }
};

TEST(PrepareCoins, PreparesTheOthersIfOneIsWrongOrTooNew) {
  WideMarket const market;
  auto const summary = prepare_shards(market.config, {});
  std::vector<DataState> states;
  for (auto const& each : summary.coins) states.push_back(each.state);
  EXPECT_EQ(states, (std::vector<DataState>{DataState::failed, DataState::prepared,
                                            DataState::too_new, DataState::prepared}));
  EXPECT_EQ(listed_coins(market), (std::set<std::string>{"KRW-BTC", "KRW-ETH"}));
  auto const failures = quality_failures(summary.coins);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_TRUE(failures[0].starts_with("coin KRW-BAD: '")) << failures[0];
  auto const warnings = quality_warnings(summary.coins);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(warnings[0].starts_with("coin KRW-NEW: '")) << warnings[0];
  EXPECT_NE(warnings[0].find("It will have samples from 2025-02-0"), std::string::npos);
  EXPECT_EQ(read_quality(market.config.data.shards).size(), 4u);
}

TEST(PrepareCoins, ACoinThatFailsKeepsItsShardsAndTheirRecord) {
  SmallMarket market;
  auto const good = market.prepare().coins[0];
  write_bytes(market.raw("KRW-BTC"), "nonsense");
  auto const bad = prepare_shards(market.config, {}).coins[0];
  EXPECT_EQ(bad.state, DataState::failed);
  EXPECT_NE(bad.problem.find("line 1 is 'nonsense'"), std::string::npos) << bad.problem;
  EXPECT_EQ(bad.samples, good.samples);
  EXPECT_EQ(bad.end_s, good.end_s);
  EXPECT_EQ(listed_coins(market), (std::set<std::string>{"KRW-BTC", "KRW-ETH"}));
}

TEST(PrepareCoins, GivesTheNewCoinItsSamplesFromThePromisedTimeOn) {
  SmallMarket market;
  market.config.coins = {"KRW-BTC", "KRW-ETH"};
  auto const all = market.candles("KRW-ETH");
  auto const prepare_from = [&](std::size_t first) {
    market.set_candles("KRW-ETH", {all.begin() + static_cast<std::ptrdiff_t>(first), all.end()});
    return prepare_shards(market.config, {}).coins[1];
  };
  // Which of the last candles a coin may begin at to have a sample.
  std::size_t good = all.size() - 3000, late = all.size() - 100;
  while (late - good > 1) {
    auto const middle = (good + late) / 2;
    (prepare_from(middle).state == DataState::prepared ? good : late) = middle;
  }
  EXPECT_EQ(prepare_from(good).samples, 1u);
  auto const young = prepare_from(late);
  ASSERT_EQ(young.state, DataState::too_new);
  EXPECT_NE(young.problem.find("It will have samples from 2025-02-04T00:0"), std::string::npos)
      << young.problem;
}

TEST(PrepareCoins, ReportsErrorsInTheOrderOfTheCoinsWithAnyNumberOfThreads) {
  for (std::size_t const threads : {1u, 2u, 4u}) {
    SmallMarket market;
    market.config.coins = {"Z", "KRW-BTC", "A", "KRW-ETH", "M"};
    std::vector<std::string> months;
    auto const summary = prepare_shards(
        market.config, [&](auto const& month) { months.push_back(month.coin + month.month); },
        {.threads = threads});
    EXPECT_EQ(months, (std::vector<std::string>{"KRW-BTC2025-01", "KRW-BTC2025-02",
                                                "KRW-ETH2025-01", "KRW-ETH2025-02"}));
    std::string names;
    for (auto const& each : quality_failures(summary.coins)) names += each.substr(0, 7) + '|';
    EXPECT_EQ(names, "coin Z:|coin A:|coin M:|");
  }
}

TEST(PrepareCoins, EndsAllCoinsAtTheLastCommonMinute) {
  SmallMarket market;
  market.prepare();
  auto const before = last_sample(market, "KRW-BTC");
  cut_end(market, "KRW-ETH", 120);
  market.prepare();
  EXPECT_NEAR(static_cast<double>(before - last_sample(market, "KRW-BTC")), 7200, 300);
  EXPECT_EQ(last_sample(market, "KRW-BTC"), last_sample(market, "KRW-ETH"));
  EXPECT_EQ(market.prepare().unchanged, 4u);
}

/// Puts a row into the middle of the file that is no candle.
void spoil_middle(SmallMarket const& market, std::string const& coin) {
  replace_in_file(market.raw(coin), "\n1738300", "\nbad,row\n1738300");
}

/// Repeats rows of the third day at the end of the file, so that it seems to end there.
void repeat_earlier_rows(SmallMarket const& market, std::string const& coin) {
  auto const text = read_bytes(market.raw(coin));
  auto const begin = text.find("\n1738300") + 1;
  auto const end = text.find("\n1738330", begin) + 1;
  ASSERT_GT(end - begin, 8192u) << "more than what is read of the end";
  write_bytes(market.raw(coin), text + text.substr(begin, end - begin));
}

struct WrongSpanCase {
  char const* name;
  std::vector<std::string> laggards;  ///< end two hours earlier, and have a bad row

  friend void PrintTo(WrongSpanCase const& c, std::ostream* out) { *out << c.name; }
};

class Laggards : public testing::TestWithParam<WrongSpanCase> {};

TEST_P(Laggards, WithABadRowDoNotMoveTheEndOfTheOthers) {
  for (std::size_t const threads : {1u, 2u, 4u}) {
    SmallMarket market;
    market.config.coins = {"KRW-BTC", "KRW-ETH"};
    market.prepare();
    auto const expected = last_sample(market, "KRW-BTC");
    for (auto const& coin : GetParam().laggards) {
      market.config.coins.push_back(coin);
      market.set_candles(coin, SmallMarket::synthetic(coin));
      cut_end(market, coin, 120);
      spoil_middle(market, coin);
    }
    auto const summary = prepare_shards(market.config, {}, {.threads = threads});
    EXPECT_EQ(quality_failures(summary.coins).size(), GetParam().laggards.size());
    EXPECT_TRUE(summary.warnings.empty());
    EXPECT_EQ(summary.written + summary.unchanged, 4u);
    EXPECT_EQ(last_sample(market, "KRW-BTC"), expected);
    EXPECT_EQ(last_sample(market, "KRW-ETH"), expected);
    EXPECT_EQ(read_manifest(market.config.data.shards).shards.size(), 4u);
    auto sound = market.config;
    sound.coins = {"KRW-BTC", "KRW-ETH"};
    EXPECT_EQ(summary.samples, load_dataset(sound, "KRW-BTC").time_s.size() +
                                   load_dataset(sound, "KRW-ETH").time_s.size());
    EXPECT_EQ(prepare_shards(market.config, {}).unchanged, 4u);
  }
}

// One decides the end alone, so its candles are read before a shard is written. Of several with the
// same end none does: the others are prepared again.
INSTANTIATE_TEST_SUITE_P(Table, Laggards,
                         testing::ValuesIn(std::vector<WrongSpanCase>{
                             {"None", {}},
                             {"One", {"KRW-XRP"}},
                             {"Two", {"KRW-XRP", "KRW-ADA"}},
                             {"Three", {"KRW-ADA", "KRW-SOL", "KRW-XRP"}},
                         }),
                         [](auto const& each) { return each.param.name; });

TEST(PrepareCoins, IsNotMisledByEarlierRowsAtTheEndOfAFile) {
  for (auto const rule : {EndRule::common, EndRule::each}) {
    for (std::size_t const wrong : {1u, 2u}) {
      SmallMarket market;
      market.config.data.end.rule = rule;
      market.config.data.on_bad_row = BadRows::skip;
      market.config.data.max_bad_rows = 1;
      market.prepare();
      auto const expected = last_sample(market, "KRW-BTC");
      fs::remove_all(market.config.data.shards);
      for (std::size_t i = 0; i < wrong; ++i) repeat_earlier_rows(market, market.config.coins[i]);
      auto const summary = market.prepare();
      EXPECT_GT(summary.skipped_rows, 0u);
      EXPECT_EQ(summary.written, 4u);
      EXPECT_EQ(last_sample(market, "KRW-BTC"), expected);
      EXPECT_EQ(last_sample(market, "KRW-ETH"), expected);
    }
  }
}

TEST(PrepareCoins, IsNotMisledByARecordOfSourcesThatIsWrong) {
  SmallMarket market;
  fs::path const raw = market.config.data.raw;
  auto const candles = market.candles("KRW-BTC");
  fs::remove(market.raw("KRW-BTC"));
  merge_candles(raw, "KRW-BTC", candles, {"import", "a.csv", "a form", "", ""}, 1,
                OnDifference::keep);
  market.prepare();
  auto const expected = read_manifest(market.config.data.shards).shards;
  for (std::int64_t const days : {-2, 2}) {
    fs::remove_all(market.config.data.shards);
    auto const path = source_record_path(raw, "KRW-BTC", 1);
    auto record = read_source_record(path).value();
    record.state.newest.time_s = candles.back().time_s + days * seconds_per_day;
    write_source_record(path, record);
    market.prepare();
    auto const shards = read_manifest(market.config.data.shards).shards;
    ASSERT_EQ(shards.size(), expected.size());
    for (std::size_t i = 0; i < shards.size(); ++i) {
      EXPECT_EQ(shards[i].source_digest, expected[i].source_digest) << days;
    }
  }
}

TEST(PrepareCoins, ACoinThatSeemsToHaveEndedFailsIfItsCandlesAreWrong) {
  SmallMarket market;
  market.config.coins = {"KRW-BTC", "KRW-ETH", "KRW-LUNA"};
  auto old = SmallMarket::synthetic("KRW-LUNA");
  for (auto& each : old) each.time_s -= 300 * seconds_per_day;
  old[old.size() / 2].high = old[old.size() / 2].low / 2;
  market.set_candles("KRW-LUNA", old);
  auto const summary = prepare_shards(market.config, {});
  EXPECT_EQ(summary.coins[2].state, DataState::failed);
  EXPECT_NE(summary.coins[2].problem.find("is below low"), std::string::npos)
      << summary.coins[2].problem;
  EXPECT_TRUE(summary.warnings.empty());
  EXPECT_EQ(listed_coins(market), (std::set<std::string>{"KRW-BTC", "KRW-ETH"}));
}

TEST(PrepareCoins, TheEndOfEachCoinOrATimeIsASettingOfTheShards) {
  SmallMarket market;
  cut_end(market, "KRW-ETH", 120);
  market.config.data.end = {EndRule::each, 0};
  market.prepare();
  EXPECT_GT(last_sample(market, "KRW-BTC"), last_sample(market, "KRW-ETH"));
  EXPECT_EQ(read_manifest(market.config.data.shards).settings.at("end"), "each");
  market.config.data.end = {};
  auto text = error_text(ErrorKind::data, [&] { market.prepare(); });
  EXPECT_NE(text.find("data.end is \"common\", but the shards in '" + market.config.data.shards +
                      "' were prepared with \"each\""),
            std::string::npos)
      << text;
  market.replace();
  EXPECT_FALSE(read_manifest(market.config.data.shards).settings.contains("end"));
  market.config.data.end = {EndRule::time, 1'738'540'800};  // 2025-02-03
  text = error_text(ErrorKind::data, [&] { market.prepare(); });
  EXPECT_NE(text.find("data.end is \"2025-02-03T00:00:00Z\", but the shards"), std::string::npos);
  EXPECT_NE(text.find("were prepared with \"common\""), std::string::npos) << text;
  market.replace();
  EXPECT_EQ(last_sample(market, "KRW-BTC"), 1'738'540'800 - 15 * 60);
  EXPECT_EQ(last_sample(market, "KRW-ETH"), 1'738'540'800 - 15 * 60);
}

TEST(PrepareCoins, LeavesOutADelistedCoin) {
  SmallMarket market;
  market.config.coins = {"KRW-BTC", "KRW-ETH", "KRW-LUNA"};
  auto old = SmallMarket::synthetic("KRW-LUNA");
  for (auto& each : old) each.time_s -= 300 * seconds_per_day;
  market.set_candles("KRW-LUNA", old);
  auto const summary = market.prepare();
  EXPECT_EQ(summary.coins[2].state, DataState::ended);
  ASSERT_EQ(summary.warnings.size(), 1u);
  EXPECT_TRUE(summary.warnings[0].starts_with("KRW-LUNA is left out")) << summary.warnings[0];
  EXPECT_EQ(listed_coins(market), (std::set<std::string>{"KRW-BTC", "KRW-ETH"}));
}

TEST(PrepareCoins, ASubsetEndsNoLaterThanTheRestOfTheFolder) {
  SmallMarket market;
  market.prepare();
  auto const before = last_sample(market, "KRW-BTC");
  market.set_candles("KRW-BTC", SmallMarket::synthetic("KRW-BTC", 7));
  market.config.coins = {"KRW-BTC"};
  auto const summary = market.prepare({.is_subset = true});
  EXPECT_EQ(summary.unchanged, 2u);
  ASSERT_EQ(summary.warnings.size(), 1u);
  EXPECT_TRUE(summary.warnings[0].starts_with("the data end at 2025-02-0")) << summary.warnings[0];
  EXPECT_NE(summary.warnings[0].find("Prepare all coins together"), std::string::npos);
  EXPECT_EQ(last_sample(market, "KRW-BTC"), before);
  market.prepare();
  EXPECT_GT(last_sample(market, "KRW-BTC"), before);
  EXPECT_EQ(last_sample(market, "KRW-ETH"), before);
}

TEST(PrepareCoins, OtherSettingsNeverReplaceShardsUnasked) {
  SmallMarket market;
  market.prepare();
  auto const manifest = read_bytes(market.manifest());
  auto const shard = read_bytes(market.shard("KRW-BTC", "2025-01"));
  market.config.data.horizon_minutes = 30;
  auto const text = error_text(ErrorKind::data, [&] { market.prepare(); });
  EXPECT_EQ(text, "data.horizon_minutes is 30, but the shards in '" + market.config.data.shards +
                      "' were prepared with 15 (they would be lost). Set data.shards to another "
                      "folder, or replace them with `moneta prepare CONFIG --replace`?");
  EXPECT_EQ(read_bytes(market.manifest()), manifest);
  EXPECT_EQ(read_bytes(market.shard("KRW-BTC", "2025-01")), shard);
  market.config.data.horizon_minutes = 15;
  replace_in_file(market.manifest(), "\"compact\"", "\"dense\"");
  EXPECT_NE(error_text(ErrorKind::data, [&] { market.prepare(); }).find("are of the dense layout"),
            std::string::npos);
}

TEST(PrepareCoins, TwoPreparationsAtOnceLoseNothing) {
  for (bool const same : {false, true}) {
    SmallMarket market;
    auto other = market.config;
    if (!same) {
      other.coins = {"KRW-ETH"};
      market.config.coins = {"KRW-BTC"};
    }
    auto second = std::async(std::launch::async, [&] { return prepare_shards(other, {}); });
    market.prepare();
    EXPECT_TRUE(quality_failures(second.get().coins).empty());
    EXPECT_EQ(read_manifest(market.config.data.shards).shards.size(), 4u);
    EXPECT_EQ(read_quality(market.config.data.shards).size(), 2u);
  }
}

/// Waits until files that were written before are settled (see FileStamps).
void settle() { std::this_thread::sleep_for(settling_time + std::chrono::milliseconds(10)); }

/// Changes a byte in the middle of a file, but not the time of its modification.
void damage_unseen(fs::path const& path) {
  auto const time = fs::last_write_time(path);
  auto bytes = read_bytes(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_bytes(path, bytes);
  fs::last_write_time(path, time);
}

TEST(Stamps, SaveReadingFilesThatDidNotChange) {
  SmallMarket const market;
  settle();
  auto const first = market.prepare();
  settle();
  market.prepare();  // notes the shards that were too new
  damage_unseen(market.raw("KRW-BTC"));
  damage_unseen(market.shard("KRW-BTC", "2025-01"));
  auto const summary = market.prepare();
  EXPECT_EQ(summary.unchanged, 4u);
  EXPECT_EQ(summary.minutes, first.minutes);
  EXPECT_EQ(summary.samples, first.samples);
  EXPECT_NE(error_text(ErrorKind::data, [&] { load_dataset(market.config, "KRW-BTC"); })
                .find("2025-01.h5' is damaged"),
            std::string::npos)
      << "training compares the digest";
}

TEST(Stamps, AreNotTrustedIfAFileOrTheSettingsChanged) {
  SmallMarket market;
  settle();
  market.prepare();
  settle();
  market.prepare();
  auto const path = market.shard("KRW-BTC", "2025-01");
  auto bytes = read_bytes(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_bytes(path, bytes);
  EXPECT_EQ(market.prepare().written, 1u);
  auto candles = market.candles("KRW-BTC");
  candles[candles.size() / 2].high *= 1.4;
  market.set_candles("KRW-BTC", candles);
  market.config.data.max_price_step = 0.3;
  EXPECT_NE(
      error_text(ErrorKind::data, [&] { market.prepare(); }).find("data.max_price_step = 0.3"),
      std::string::npos);
  market.config.data.max_price_step = 0.5;
  EXPECT_GE(market.prepare().written, 1u);
}

TEST(Stamps, ThatAreDamagedOnlyCostTime) {
  SmallMarket const market;
  market.prepare();
  for (char const* text : {"", "{", "[]", "{\"format\": \"moneta-stamps\", \"version\": 7}",
                           "{\"format\": \"moneta-stamps\", \"version\": 1, \"shards\": 1}",
                           "{\"format\": \"moneta-stamps\", \"version\": 1, \"shards\": [1]}"}) {
    write_bytes(fs::path(market.config.data.shards) / "stamps.json", text);
    EXPECT_EQ(market.prepare().unchanged, 4u) << text;
  }
}

}  // namespace
}  // namespace moneta
