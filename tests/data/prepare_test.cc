// SPDX-License-Identifier: Apache-2.0
#include "data/prepare.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <map>

#include "base/digest.h"
#include "base/time.h"
#include "data/manifest.h"
#include "data/read_shard.h"
#include "data/small_market.h"
#include "market/bars.h"
#include "market/features.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// Inode and time of each shard: these change when a file is rewritten, even with the same bytes.
std::map<std::string, std::pair<ino_t, std::int64_t>> identities(fs::path const& folder) {
  std::map<std::string, std::pair<ino_t, std::int64_t>> found;
  for (auto const& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".h5") continue;
    struct stat status {};
    ::stat(entry.path().c_str(), &status);
    found[fs::relative(entry.path(), folder).string()] = {
        status.st_ino, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
  }
  return found;
}

std::vector<std::string> files_in(fs::path const& folder) {
  std::vector<std::string> names;
  for (auto const& [name, identity] : identities(folder)) names.push_back(name);
  return names;
}

std::vector<std::string> const all_files = {"KRW-BTC/2025-01.h5", "KRW-BTC/2025-02.h5",
                                            "KRW-ETH/2025-01.h5", "KRW-ETH/2025-02.h5"};

TEST(Prepare, WritesAShardForEveryCoinAndMonthAndListsIt) {
  SmallMarket const market;
  std::vector<std::string> reported;
  std::size_t samples = 0, rows = 0;
  auto const summary = prepare_shards(market.config, [&](PreparedMonth const& month) {
    reported.push_back(month.coin + "/" + month.month + ".h5");
    samples += month.samples;
    rows += month.rows;
    EXPECT_FALSE(month.unchanged);
  });
  EXPECT_EQ(reported, all_files);
  EXPECT_EQ(files_in(market.config.data.shards), all_files);
  EXPECT_EQ(summary.written, 4u);
  EXPECT_EQ(summary.unchanged, 0u);
  EXPECT_EQ(summary.removed, 0u);
  EXPECT_EQ(summary.samples, samples);
  EXPECT_EQ(summary.rows, rows);
  EXPECT_NEAR(static_cast<double>(summary.minutes), 2 * 6 * 1440, 20);
  EXPECT_NEAR(static_cast<double>(summary.filled_minutes), 0.02 * 2 * 6 * 1440, 100);
  EXPECT_EQ(summary.skipped_rows, 0u);

  auto const manifest = read_manifest(market.config.data.shards);
  ASSERT_EQ(manifest.shards.size(), 4u);
  EXPECT_EQ(manifest.layout, ShardLayout::compact);
  for (std::size_t i = 0; i < 4; ++i) {
    auto const& entry = manifest.shards[i];
    auto const path = fs::path(market.config.data.shards) / entry.file;
    auto const shard = read_shard(path);
    EXPECT_EQ(entry.file, all_files[i]);
    EXPECT_EQ(entry.coin + "/" + entry.month + ".h5", all_files[i]);
    EXPECT_EQ(entry.sha256, digest_of_file(path));
    EXPECT_EQ(entry.bytes, fs::file_size(path));
    EXPECT_EQ(entry.samples, shard.samples());
    EXPECT_EQ(entry.rows,
              (std::vector<std::size_t>{shard.timeframes[0].rows(), shard.timeframes[1].rows()}));
    EXPECT_EQ(entry.first_time_s, shard.time_s.front());
    EXPECT_EQ(entry.last_time_s, shard.time_s.back());
    EXPECT_EQ(entry.source_digest, shard.source_digest);
  }
}

/// Row of a bar in the whole series.
std::size_t row_of(Bars const& bars, std::int64_t time_s) {
  return static_cast<std::size_t>((time_s - bars.first_time_s) / (60 * bars.minutes));
}

void expect_windows_of(Shard const& shard, ShardTimeframe const& frame, Bars const& bars) {
  auto const features = compute_features(bars);
  auto const length = frame.minutes * 60;
  for (std::size_t i = 0; i < shard.samples(); ++i) {
    auto const end = static_cast<std::size_t>(frame.ends[i]);
    ASSERT_GE(end + 1, frame.steps);
    auto const closed = frame.time_s[end] + length;
    ASSERT_TRUE(closed <= shard.time_s[i] && shard.time_s[i] < closed + length)
        << "not the last bar that was complete";
    for (std::size_t row = end + 1 - frame.steps; row <= end; ++row) {
      auto const there = row_of(bars, frame.time_s[row]);
      ASSERT_GE(there, feature_warmup_bars);
      ASSERT_EQ(frame.filled[row], bars.filled[there]);
      for (std::size_t f = 0; f < feature_count; ++f) {
        float const expected = features[there * feature_count + f];
        ASSERT_NEAR(frame.features[row * feature_count + f], expected,
                    1e-6 + 1e-5 * std::abs(expected))
            << feature_names[f];
      }
    }
  }
}

TEST(Prepare, GivesEverySampleItsPastWindowsAndItsFutureReturn) {
  SmallMarket const market;
  market.prepare();
  Bars const minutes = fill_minutes(market.candles("KRW-BTC"));
  std::int64_t before = 0;
  std::size_t samples = 0;
  for (char const* month : {"2025-01", "2025-02"}) {
    auto const shard = read_shard(market.shard("KRW-BTC", month));
    EXPECT_EQ(shard.coin, "KRW-BTC");
    EXPECT_EQ(shard.month, month);
    EXPECT_EQ(shard.horizon_minutes, 15);
    expect_windows_of(shard, shard.timeframes[0], minutes);
    expect_windows_of(shard, shard.timeframes[1], resample(minutes, 5));
    for (std::size_t i = 0; i < shard.samples(); ++i) {
      auto const t = shard.time_s[i];
      ASSERT_EQ(t % 300, 0);
      ASSERT_GT(t, before);
      before = t;
      double const close = minutes.candles[row_of(minutes, t - 60)].close;
      double const later = minutes.candles[row_of(minutes, t + 14 * 60)].close;
      ASSERT_EQ(shard.close[i], close);
      ASSERT_EQ(shard.target[i], static_cast<float>(std::log(later / close)));
    }
    samples += shard.samples();
  }
  // Every five minutes from the end of the warm-up (306 bars of five minutes) to the last target.
  EXPECT_EQ(samples, (6 * 1440 - 1530 - 15) / 5u + 1);
}

TEST(Prepare, DoesNotTouchUnchangedShards) {
  SmallMarket const market;
  market.prepare();
  auto const before = identities(market.config.data.shards);
  auto const manifest = read_bytes(market.manifest());
  std::size_t unchanged = 0;
  auto const summary = prepare_shards(
      market.config, [&](PreparedMonth const& month) { unchanged += month.unchanged ? 1 : 0; });
  EXPECT_EQ(summary.unchanged, 4u);
  EXPECT_EQ(unchanged, 4u);
  EXPECT_EQ(summary.written, 0u);
  EXPECT_EQ(identities(market.config.data.shards), before);
  EXPECT_EQ(read_bytes(market.manifest()), manifest);
}

TEST(Prepare, RewritesOnlyTheMonthWhoseCandlesChanged) {
  SmallMarket const market;
  market.prepare();
  auto const before = identities(market.config.data.shards);
  auto candles = market.candles("KRW-ETH");
  candles[candles.size() - 1000].volume += 1;  // early in February
  market.set_candles("KRW-ETH", candles);
  auto const summary = market.prepare();
  EXPECT_EQ(summary.written, 1u);
  EXPECT_EQ(summary.unchanged, 3u);
  auto const after = identities(market.config.data.shards);
  for (auto const& name : all_files) {
    EXPECT_EQ(before.at(name) == after.at(name), name != "KRW-ETH/2025-02.h5") << name;
  }
  EXPECT_EQ(market.prepare().unchanged, 4u);
}

TEST(Prepare, AddsNewCandlesWithoutTouchingEarlierMonths) {
  SmallMarket market;
  market.config.data.days = 60;
  market.prepare();
  auto const before = identities(market.config.data.shards);
  for (auto const& coin : market.config.coins) {
    market.set_candles(coin, SmallMarket::synthetic(coin, 34));  // to March 3
  }
  auto const summary = market.prepare();
  EXPECT_EQ(summary.written, 4u);
  EXPECT_EQ(summary.unchanged, 2u);
  auto const after = identities(market.config.data.shards);
  EXPECT_EQ(after.size(), 6u);
  EXPECT_EQ(before.at("KRW-BTC/2025-01.h5"), after.at("KRW-BTC/2025-01.h5"));
}

TEST(Prepare, ResumesAnInterruptedRun) {
  SmallMarket const market;
  market.prepare();
  auto const before = identities(market.config.data.shards);
  // The state after a killed run: half a file, and the shard before it not yet listed.
  auto manifest = read_manifest(market.config.data.shards);
  manifest.shards.pop_back();
  write_manifest(market.config.data.shards, manifest);
  fs::remove(market.shard("KRW-ETH", "2025-02"));
  auto const half = market.shard("KRW-ETH", "2025-02").string() + ".tmp";
  write_bytes(half, "half");
  auto const summary = market.prepare();
  EXPECT_EQ(summary.written, 1u);
  EXPECT_EQ(summary.unchanged, 3u);
  EXPECT_FALSE(fs::exists(half));
  auto const after = identities(market.config.data.shards);
  EXPECT_EQ(files_in(market.config.data.shards), all_files);
  EXPECT_EQ(before.at("KRW-ETH/2025-01.h5"), after.at("KRW-ETH/2025-01.h5"));
  EXPECT_EQ(read_manifest(market.config.data.shards).shards.size(), 4u);
}

TEST(Prepare, RewritesADamagedOrMissingShard) {
  SmallMarket const market;
  market.prepare();
  auto const path = market.shard("KRW-BTC", "2025-01");
  auto const good = read_shard(path).timeframes[0].features;
  std::string bytes = read_bytes(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_bytes(path, bytes);
  fs::remove(market.shard("KRW-ETH", "2025-01"));
  auto const summary = market.prepare();
  EXPECT_EQ(summary.written, 2u);
  EXPECT_EQ(summary.unchanged, 2u);
  EXPECT_EQ(read_shard(path).timeframes[0].features, good);
}

TEST(Prepare, RemovesTheMonthsAndCoinsThatTheSettingsNoLongerCover) {
  SmallMarket market;
  market.prepare();
  market.config.data.days = 2;  // February only
  market.config.coins = {"KRW-BTC"};
  auto const notes = fs::path(market.config.data.shards) / "KRW-BTC" / "notes.txt";
  write_bytes(notes, "mine");
  auto const summary = market.replace();
  EXPECT_EQ(summary.removed, 3u);
  EXPECT_EQ(files_in(market.config.data.shards), (std::vector<std::string>{"KRW-BTC/2025-02.h5"}));
  EXPECT_FALSE(fs::exists(fs::path(market.config.data.shards) / "KRW-ETH"));
  EXPECT_TRUE(fs::exists(notes));
}

TEST(Prepare, KeepsOtherCoinsWithTheSameSettings) {
  SmallMarket market;
  market.prepare();
  market.config.coins = {"KRW-ETH"};
  auto const summary = market.prepare();
  EXPECT_EQ(summary.unchanged, 2u);
  EXPECT_EQ(summary.removed, 0u);
  EXPECT_EQ(read_manifest(market.config.data.shards).shards.size(), 4u);
}

TEST(Prepare, RewritesEverythingIfASettingChangedAndThatIsWanted) {
  SmallMarket market;
  market.prepare();
  market.config.data.horizon_minutes = 10;
  EXPECT_EQ(market.replace().written, 4u);
  EXPECT_EQ(read_shard(market.shard("KRW-BTC", "2025-01")).horizon_minutes, 10);
}

TEST(Prepare, LeavesOutSamplesWhoseWindowsHaveTooManyFilledBars) {
  SmallMarket market;
  market.prepare();
  auto const all = read_shard(market.shard("KRW-BTC", "2025-02"));
  auto candles = market.candles("KRW-BTC");
  auto const hole = all.time_s[100];  // an hour without trades before it
  std::erase_if(candles,
                [&](auto const& each) { return each.time_s >= hole - 3600 && each.time_s < hole; });
  market.set_candles("KRW-BTC", candles);
  market.prepare();
  auto const some = read_shard(market.shard("KRW-BTC", "2025-02"));
  EXPECT_LT(some.samples(), all.samples());
  auto const has = [&](std::int64_t t) {
    return std::binary_search(some.time_s.begin(), some.time_s.end(), t);
  };
  EXPECT_TRUE(has(hole - 3600));
  EXPECT_FALSE(has(hole));
  for (auto const& frame : some.timeframes) {
    for (auto const end : frame.ends) {
      std::size_t filled = 0;
      for (std::size_t back = 0; back < frame.steps; ++back) {
        filled += frame.filled[static_cast<std::size_t>(end) - back];
      }
      EXPECT_LE(static_cast<double>(filled), 0.2 * static_cast<double>(frame.steps));
    }
  }
}

TEST(Prepare, CountsSkippedBadRows) {
  SmallMarket market;
  replace_in_file(market.raw("KRW-BTC"), "\n17381088", "\nbad,row\n17381088");
  market.config.data.on_bad_row = BadRows::skip;
  auto const summary = market.prepare();
  EXPECT_EQ(summary.skipped_rows, 1u);
  EXPECT_EQ(summary.coins[0].skipped,
            (std::vector<SkippedRows>{{"wrong number of columns", 1, 2}}));
}

TEST(Prepare, GivesBitwiseEqualInputsIfOnlyTheFutureChanges) {
  SmallMarket market;
  market.config.coins = {"KRW-BTC"};
  market.config.data.max_price_step = 10;
  market.prepare();
  auto const before = read_shard(market.shard("KRW-BTC", "2025-02"));
  auto const t = before.time_s[200];
  auto candles = market.candles("KRW-BTC");
  for (Candle& candle : candles) {
    if (candle.time_s < t) continue;
    candle.open = candle.high = candle.low = candle.close = candle.close * 3;
    candle.volume *= 7;
  }
  market.set_candles("KRW-BTC", candles);
  market.prepare();
  auto const after = read_shard(market.shard("KRW-BTC", "2025-02"));
  ASSERT_EQ(after.time_s, before.time_s);
  for (std::size_t k = 0; k < 2; ++k) {
    auto const& old_frame = before.timeframes[k];
    auto const& new_frame = after.timeframes[k];
    EXPECT_EQ(new_frame.ends, old_frame.ends);
    auto const known = static_cast<std::size_t>(old_frame.ends[200] + 1) * feature_count;
    EXPECT_TRUE(std::equal(old_frame.features.begin(),
                           old_frame.features.begin() + static_cast<std::ptrdiff_t>(known),
                           new_frame.features.begin()));
    EXPECT_NE(old_frame.features[known], new_frame.features[known]) << "the change was not seen";
  }
  EXPECT_EQ(before.close[200], after.close[200]);
  EXPECT_EQ(before.target[197], after.target[197]);  // known at t
  EXPECT_NE(before.target[198], after.target[198]);
}

}  // namespace
}  // namespace moneta
