// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include "data/manifest.h"
#include "data/small_market.h"
#include "support/error_text.h"
#include "support/file_size_limit.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// Expects neither a shard nor a partial file nor a manifest; only the lock and the records.
void expect_nothing_written(SmallMarket const& market) {
  if (!fs::exists(market.config.data.shards)) return;
  for (auto const& entry : fs::recursive_directory_iterator(market.config.data.shards)) {
    auto const name = entry.path().filename();
    bool const is_record = name == ".lock" || name == "quality.json" || name == "stamps.json";
    EXPECT_FALSE(entry.is_regular_file() && !is_record) << entry.path();
  }
}

struct InputCase {
  char const* name;
  void (*spoil)(SmallMarket&);
  std::vector<std::string> parts;  ///< in this order; "@" stands for the market's folder

  friend void PrintTo(InputCase const& c, std::ostream* out) { *out << c.name; }
};

class BadInput : public testing::TestWithParam<InputCase> {};

TEST_P(BadInput, IsReportedWithFileAndRemedyAndNothingIsWritten) {
  SmallMarket market;
  market.config.coins = {"KRW-BTC"};
  GetParam().spoil(market);
  std::string const text = error_text(ErrorKind::data, [&] { market.prepare(); });
  std::size_t at = 0;
  for (std::string part : GetParam().parts) {
    if (part.starts_with('@')) part = market.folder.path().string() + part.substr(1);
    at = text.find(part, at);
    ASSERT_NE(at, std::string::npos) << "no '" << part << "' in: " << text;
  }
  EXPECT_TRUE(text.ends_with('?')) << "no remedy: " << text;
  expect_nothing_written(market);
}

void keep_rows(SmallMarket& market, std::size_t rows) {
  auto candles = market.candles("KRW-BTC");
  candles.resize(rows);
  market.set_candles("KRW-BTC", candles);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadInput, testing::ValuesIn(std::vector<InputCase>{
    {"MissingFolder", [](SmallMarket& m) { fs::remove_all(m.config.data.raw); },
     {"no raw candles of KRW-BTC", "@/raw' cannot be listed: No such file", "data.raw", "moneta synth"}},
    {"EmptyFolder",   [](SmallMarket& m) { fs::remove_all(m.config.data.raw); fs::create_directory(m.config.data.raw); },
     {"no raw candles of KRW-BTC", "@/raw' has neither", "it contains: nothing"}},
    {"MissingCoin",   [](SmallMarket& m) { m.config.coins = {"KRW-LUNA"}; },
     {"no raw candles of KRW-LUNA", "@/raw", "KRW-LUNA.csv.gz", "it contains: KRW-BTC.csv, KRW-ETH.csv"}},
    {"EmptyFile",     [](SmallMarket& m) { write_bytes(m.raw("KRW-BTC"), ""); },
     {"coin KRW-BTC: '", "@/raw/KRW-BTC.csv' line 1 is missing", "timestamp,open"}},
    {"HeaderOnly",    [](SmallMarket& m) { write_bytes(m.raw("KRW-BTC"), "timestamp,open,high,low,close,volume\n"); },
     {"coin KRW-BTC: '", "@/raw/KRW-BTC.csv' contains no candles"}},
    {"FewerThanAWindow", [](SmallMarket& m) { keep_rows(m, 10); },
     {"coin KRW-BTC: '", "@/raw/KRW-BTC.csv' has 1", " minutes in the latest 6 days", "need 1545)",
      "It will have samples from 2025-01-30T01:45:00Z on", "Fetch earlier candles"}},
    {"FewerDaysThanAWindow", [](SmallMarket& m) { m.config.data.days = 1; },
     {"@/raw/KRW-BTC.csv' has 1440 minutes in the latest 1 days", "need 1545)", "data.days", "data.timeframes"}},
    {"NaN",           [](SmallMarket& m) { replace_in_file(m.raw("KRW-BTC"), "\n1738108860000,", "\n1738108830000,1,1,1,1,nan\n1738108860000,"); },
     {"@/raw/KRW-BTC.csv' line 3: timestamp 1738108830000 is not the start of a minute", "data.on_bad_row"}},
    {"Step",          [](SmallMarket& m) { auto candles = m.candles("KRW-BTC");
                                           for (auto i = candles.size() - 100; i < candles.size(); ++i) {
                                             auto& each = candles[i];
                                             for (double* price : {&each.open, &each.high, &each.low, &each.close}) *price *= 1000;
                                           }
                                           m.set_candles("KRW-BTC", candles); },
     {"@/raw/KRW-BTC.csv' line ", ": at 2025-02-03T2", "the price goes from ", " and stays there (a token swap or a redenomination?)",
      "data.max_price_step = 0.5"}},
    {"FiveMinutes",   [](SmallMarket& m) { auto candles = m.candles("KRW-BTC");
                                           std::erase_if(candles, [](auto const& each) { return each.time_s % 300 != 0; });
                                           m.set_candles("KRW-BTC", candles); },
     {"the rows of '", "@/raw/KRW-BTC.csv' are 5 minutes apart (candles of one minute are needed)"}},
    {"EndBeforeTheCandles", [](SmallMarket& m) { m.config.data.end = {EndRule::time, 1'738'368'000};
                                                 m.set_candles("KRW-BTC", {{1'700'000'040, 1, 1, 1, 1, 1}}); },
     {"@/raw/KRW-BTC.csv' has no candle in the 6 days before 2025-02-01T00:00:00Z (its candles are from 2023-11-14T22:14:00Z", "data.end"}},
    {"OldHistory",    [](SmallMarket& m) { m.config.data.end = {EndRule::time, 1'738'368'000};
                                           m.set_candles("KRW-BTC", {{1'700'000'040, 1, 1, 1, 1, 1}, {1'738'360'020, 1, 1, 1, 1, 1}}); },
     {"@/raw/KRW-BTC.csv' has 1 minutes", "Fetch the later candles, or change data.end"}},
    {"Text",          [](SmallMarket& m) { replace_in_file(m.raw("KRW-BTC"), "\n1738108800000,", "\n1738108800000,hello"); },
     {"@/raw/KRW-BTC.csv' line 2: open 'hello", "is not a number"}},
    {"NoTrades",      [](SmallMarket& m) { auto candles = m.candles("KRW-BTC");
                                           candles.erase(candles.begin() + 1, candles.end() - 1);
                                           m.set_candles("KRW-BTC", candles); },
     {"coin KRW-BTC: '", "@/raw/KRW-BTC.csv' gives no sample", "the share of bars without a trade is above 0.2", "data.max_filled_fraction"}},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(PrepareErrors, KeepTheShardsOfOtherCoins) {
  SmallMarket market;
  write_bytes(market.raw("KRW-ETH"), "nonsense");
  EXPECT_NE(error_text(ErrorKind::data, [&] { market.prepare(); }).find("coin KRW-ETH: "),
            std::string::npos);
  auto const manifest = read_manifest(market.config.data.shards);
  ASSERT_EQ(manifest.shards.size(), 2u);
  EXPECT_EQ(manifest.shards[0].coin, "KRW-BTC");
  market.set_candles("KRW-ETH", SmallMarket::synthetic("KRW-ETH"));
  auto const summary = market.prepare();
  EXPECT_EQ(summary.unchanged, 2u);
  EXPECT_EQ(summary.written, 2u);
}

TEST(PrepareErrors, ADamagedManifestIsNamedAndNothingIsTouched) {
  SmallMarket const market;
  market.prepare();
  write_bytes(market.manifest(), "{\"format\": ");
  std::string const text = error_text(ErrorKind::data, [&] { market.prepare(); });
  EXPECT_NE(text.find(market.manifest().string()), std::string::npos) << text;
  EXPECT_TRUE(fs::exists(market.shard("KRW-BTC", "2025-01")));
}

TEST(PrepareErrors, AFullDiskLeavesNoPartialFileAndTheNextRunResumes) {
  SmallMarket market;
  {
    FileSizeLimit const limit(50'000);
    std::string const text = error_text(ErrorKind::disk, [&] { market.prepare(); });
    EXPECT_NE(text.find("coin KRW-BTC: cannot write '" +
                        market.shard("KRW-BTC", "2025-01").string() + "' (File too large)"),
              std::string::npos)
        << text;
  }
  expect_nothing_written(market);
  EXPECT_EQ(market.prepare().written, 4u);
}

TEST(PrepareErrors, AFullDiskLeavesTheOldShards) {
  SmallMarket market;
  market.prepare();
  auto const old = read_bytes(market.shard("KRW-BTC", "2025-01"));
  auto const manifest = read_bytes(market.manifest());
  market.config.data.horizon_minutes = 10;
  {
    FileSizeLimit const limit(50'000);
    error_text(ErrorKind::disk, [&] { market.replace(); });
  }
  EXPECT_EQ(read_bytes(market.shard("KRW-BTC", "2025-01")), old);
  EXPECT_EQ(read_bytes(market.manifest()), manifest);
}

/// Drops root privileges while it exists.
class NotRoot {
 public:
  NotRoot() : was_root_(::geteuid() == 0) {
    if (was_root_ && ::seteuid(65'534) != 0) throw std::runtime_error("cannot become nobody");
  }
  NotRoot(NotRoot const&) = delete;
  NotRoot& operator=(NotRoot const&) = delete;
  ~NotRoot() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool was_root_;
};

TEST(PrepareErrors, AFolderWithoutWritePermissionIsNamed) {
  SmallMarket market;
  fs::create_directories(fs::path(market.config.data.shards));
  fs::permissions(market.folder.path(), fs::perms(0555));
  fs::permissions(market.config.data.shards, fs::perms(0555));
  {
    NotRoot const user;
    std::string text = error_text(ErrorKind::disk, [&] { market.prepare(); });
    EXPECT_NE(text.find("cannot create the folder '" + market.config.data.shards +
                        "/KRW-BTC' (Permission denied). May this user write there?"),
              std::string::npos)
        << text;
    market.config.data.shards = (market.folder / "other").string();
    text = error_text(ErrorKind::disk, [&] { market.prepare(); });
    EXPECT_NE(text.find("cannot create the folder '" + market.config.data.shards + "' (Perm"),
              std::string::npos)
        << text;
  }
  fs::permissions(market.folder.path(), fs::perms(0755));
  expect_nothing_written(market);
}

TEST(PrepareErrors, AFileWithTheNameOfTheFolderIsNamed) {
  SmallMarket market;
  write_bytes(market.config.data.shards, "a file");
  std::string const text = error_text(ErrorKind::disk, [&] { market.prepare(); });
  EXPECT_NE(text.find("cannot create the folder '" + market.config.data.shards), std::string::npos)
      << text;
}

}  // namespace
}  // namespace moneta
