// SPDX-License-Identifier: Apache-2.0
#include "market/raw_store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>

#include "base/version.h"
#include "io/json_file.h"
#include "io/text_reader.h"
#include "market/made_candles.h"
#include "market/read_candles.h"
#include "market/write_candles.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

using Candles = std::vector<Candle>;

CandleOrigin const from_upbit = {"fetch", "https://upbit.example", "Upbit REST minutes", "upbit",
                                 "KRW-BTC"};
CandleOrigin const from_synth = {"synth", "seed 1", "artificial market", "", ""};

class RawStore : public testing::Test {
 protected:
  MergeResult merge(std::span<Candle const> candles,
                    OnDifference on_difference = OnDifference::keep,
                    CandleOrigin const& origin = from_upbit) {
    return merge_candles(folder_.path(), "KRW-BTC", candles, origin, 1, on_difference);
  }
  Candles stored() { return read_candles(file_, BadRows::error).candles; }
  SourceRecord sidecar() { return read_source_record(sidecar_).value(); }

  /// Names and bytes of all files, and when they were written.
  std::map<std::string, std::pair<std::string, fs::file_time_type>> files() {
    std::map<std::string, std::pair<std::string, fs::file_time_type>> all;
    for (auto const& entry : fs::directory_iterator(folder_.path())) {
      all[entry.path().filename()] = {read_bytes(entry.path()), entry.last_write_time()};
    }
    return all;
  }

  ScratchFolder const folder_;
  fs::path const file_ = folder_ / "KRW-BTC.csv.gz", sidecar_ = folder_ / "KRW-BTC.source.json";
  Candles const candles_ = made_candles(1000, 1);
  std::span<Candle const> const all_ = candles_;
};

TEST_F(RawStore, RecordsWhereCandlesComeFrom) {
  EXPECT_EQ(stored_candles(folder_.path(), "KRW-BTC"), std::nullopt);
  EXPECT_EQ(merge(all_).added, 1000u);
  EXPECT_EQ(stored(), candles_);
  auto const has = stored_candles(folder_.path(), "KRW-BTC");
  ASSERT_TRUE(has);
  EXPECT_EQ(has->candles, 1000u);
  EXPECT_EQ(has->first, candles_.front());
  EXPECT_EQ(has->newest, candles_.back());

  Json const json = read_json(sidecar_);
  EXPECT_EQ(json["format"], "moneta-candles");
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["coin"], "KRW-BTC");
  EXPECT_EQ(json["interval_minutes"], 1);
  EXPECT_EQ(json["exchange"], "upbit");
  EXPECT_EQ(json["market"], "KRW-BTC");
  EXPECT_EQ(json["artificial"], false);
  EXPECT_EQ(json["bytes"], fs::file_size(file_));
  EXPECT_EQ(json["candles"], 1000);
  EXPECT_FALSE(json.contains("next"));
  ASSERT_EQ(json["spans"].size(), 1u);
  Json const& span = json["spans"][0];
  EXPECT_EQ(span["writer"], "fetch");
  EXPECT_EQ(span["source"], "https://upbit.example");
  EXPECT_EQ(span["form"], "Upbit REST minutes");
  EXPECT_EQ(span["first_time_s"], candles_.front().time_s);
  EXPECT_EQ(span["last_time_s"], candles_.back().time_s);
  EXPECT_EQ(span["candles"], 1000);
  EXPECT_GT(span["written_time_s"], 1'600'000'000);
  EXPECT_EQ(span["version"], version_text());
}

TEST_F(RawStore, KeepsEveryBitOfEveryNumber) {
  std::mt19937_64 random(3);
  Candles candles;
  for (std::int64_t i = 0; i < 2000; ++i) {
    double const price = std::exp2(-90 + 180 * uniform(random));
    double const next = std::nextafter(price, 1e30);
    candles.push_back({i * 60, price, std::nextafter(next, 1e30), price, next,
                       std::exp2(-1000 * uniform(random))});
  }
  candles.back().volume = std::numeric_limits<double>::denorm_min();
  candles.front().volume = 0.1 + 0.2;
  merge(candles);
  EXPECT_EQ(stored(), candles);
  EXPECT_EQ(stored_candles(folder_.path(), "KRW-BTC")->newest, candles.back());
}

TEST_F(RawStore, AppendsWithoutChangingTheBytesBefore) {
  merge(all_.first(600));
  std::string const before = read_bytes(file_);
  merge(all_.subspan(600, 1));
  EXPECT_EQ(merge(all_.subspan(550)).equal, 51u);  // an overlap
  EXPECT_EQ(stored(), candles_);
  std::string const after = read_bytes(file_);
  EXPECT_EQ(after.substr(0, before.size()), before);
  // Readers see one text.
  ScratchFolder const other;
  write_candles(other / "a.csv", candles_);
  EXPECT_EQ(digest_of_text(file_), digest_of_text(other / "a.csv"));
}

TEST_F(RawStore, HasOneSpanForASourceThatContinues) {
  merge(all_.first(600));
  merge(all_.subspan(600, 100));
  ASSERT_EQ(sidecar().state.spans.size(), 1u);
  SourceSpan const span = sidecar().state.spans[0];
  EXPECT_EQ(span.first_s, candles_[0].time_s);
  EXPECT_EQ(span.last_s, candles_[699].time_s);
  EXPECT_EQ(span.candles, 700u);
  CandleOrigin const file = {"import", "a.csv", "CSV", "", "KRW/BTC"};
  merge(all_.subspan(700), OnDifference::keep, file);
  ASSERT_EQ(sidecar().state.spans.size(), 2u);
  EXPECT_EQ(sidecar().state.spans[1].source, "a.csv");
  EXPECT_EQ(sidecar().state.spans[1].candles, 300u);
}

TEST_F(RawStore, FillsHolesBeforeAndBetween) {
  Candles odd, even;
  for (std::size_t i = 0; i < candles_.size(); ++i) {
    (i % 2 == 0 ? even : odd).push_back(candles_[i]);
  }
  EXPECT_EQ(merge(odd).added, 500u);
  EXPECT_EQ(merge(even).added, 500u);
  EXPECT_EQ(stored(), candles_);
  auto const has = stored_candles(folder_.path(), "KRW-BTC");
  EXPECT_EQ(has->candles, 1000u);
  EXPECT_EQ(has->first, candles_.front());
  EXPECT_EQ(has->newest, candles_.back());
}

TEST_F(RawStore, WritesNothingIfNothingChanges) {
  merge(all_);
  auto const before = files();
  MergeResult const result = merge(all_.subspan(10, 500));
  EXPECT_EQ(result.equal, 500u);
  EXPECT_EQ(result.added + result.different, 0u);
  merge({});
  EXPECT_EQ(files(), before);
}

TEST_F(RawStore, KeepsOrReplacesACandleWithOtherNumbers) {
  merge(all_.first(900));
  Candles changed(candles_.begin() + 500, candles_.end());
  for (std::size_t i = 0; i < 30; ++i) changed[i].volume += 1;
  changed[399].close = changed[399].low;  // the newest of those stored
  MergeResult const kept = merge(changed);
  EXPECT_EQ(kept.different, 31u);
  EXPECT_EQ(kept.equal, 369u);
  EXPECT_EQ(kept.added, 100u);
  ASSERT_EQ(kept.differences.size(), 20u);
  EXPECT_EQ(kept.differences[0].stored, candles_[500]);
  EXPECT_EQ(kept.differences[0].offered, changed[0]);
  EXPECT_EQ(stored(), candles_);

  auto const before = files();
  EXPECT_EQ(merge(changed).different, 31u);
  EXPECT_EQ(files(), before);

  EXPECT_EQ(merge(changed, OnDifference::replace).different, 31u);
  Candles expected = candles_;
  std::copy(changed.begin(), changed.end(), expected.begin() + 500);
  EXPECT_EQ(stored(), expected);
  EXPECT_EQ(sidecar().state.candles, 1000u);
  EXPECT_EQ(sidecar().state.spans.back().candles, 31u);
}

TEST_F(RawStore, ReplacesTheFirstAndTheNewestCandle) {
  merge(all_);
  Candles ends = {candles_.front(), candles_.back()};
  for (Candle& each : ends) each.volume = 77;
  merge(ends, OnDifference::replace);
  auto const has = stored_candles(folder_.path(), "KRW-BTC");
  EXPECT_EQ(has->first, ends[0]);
  EXPECT_EQ(has->newest, ends[1]);
  EXPECT_EQ(has->candles, 1000u);
}

TEST_F(RawStore, MergesSeveralSourcesIntoOneWrite) {
  RawCoin coin(folder_.path(), "KRW-BTC");
  coin.merge(all_.subspan(500), from_upbit, OnDifference::keep);
  EXPECT_EQ(
      coin.merge(all_.first(600), {"import", "a.csv", "CSV", "", ""}, OnDifference::keep).equal,
      100u);
  EXPECT_EQ(coin.stored()->first, candles_.front());
  EXPECT_FALSE(fs::exists(file_));
  EXPECT_TRUE(coin.write());
  EXPECT_EQ(stored(), candles_);
  EXPECT_EQ(sidecar().state.spans.size(), 2u);
  EXPECT_FALSE(RawCoin(folder_.path(), "KRW-BTC").write());
}

TEST_F(RawStore, KeepsLongerBarsApart) {
  Candles const bars = {{0, 1, 2, 1, 2, 3}, {300, 2, 2, 1, 1, 0}};
  merge_candles(folder_.path(), "KRW-BTC", bars, from_upbit, 5, OnDifference::keep);
  EXPECT_EQ(read_candles(folder_ / "KRW-BTC@5m.csv.gz", BadRows::error).candles, bars);
  EXPECT_EQ(read_source_record(folder_ / "KRW-BTC@5m.source.json")->interval_minutes, 5);
  EXPECT_EQ(stored_candles(folder_.path(), "KRW-BTC"), std::nullopt);
  expect_error(ErrorKind::data, "no raw candles of KRW-BTC",
               [&] { find_raw_file(folder_.path(), "KRW-BTC"); });
}

TEST_F(RawStore, KeepsTheOpenOfLongerBarsThatIsTheCloseBefore) {
  // As BitMEX writes them: the open lies above the high.
  Candles bars = {{1'617'364'800, 10, 12, 9, 11, 1}, {1'617'365'100, 11, 10, 8, 9, 1}};
  for (OnDifference const on_difference : {OnDifference::keep, OnDifference::replace}) {
    merge_candles(folder_.path(), "KRW-BTC", bars, from_upbit, 5, on_difference);
    bars[0].close = 10;
  }
  auto const stored =
      read_candles(folder_ / "KRW-BTC@5m.csv.gz", BadRows::error, {.open = OpenPrice::any});
  EXPECT_EQ(stored.candles, bars);
  expect_error(ErrorKind::data, "open 11, high 10", [&] { merge(bars); });
}

TEST_F(RawStore, KeepsTheOldFilesIfTheDiskIsFull) {
  merge(all_.first(100));
  auto const before = files();
  {
    FileSizeLimit const limit(8'000);
    expect_error(ErrorKind::disk, "KRW-BTC.csv.gz", [&] { merge(all_); });
  }
  EXPECT_EQ(files(), before);
}

TEST_F(RawStore, StartsAgainIfTheCandlesWereDeleted) {
  merge(all_);
  fs::remove(file_);
  EXPECT_EQ(stored_candles(folder_.path(), "KRW-BTC"), std::nullopt);
  EXPECT_EQ(merge(all_.first(10)).added, 10u);
  EXPECT_EQ(stored(), Candles(candles_.begin(), candles_.begin() + 10));
  EXPECT_EQ(sidecar().state.spans.size(), 1u);
}

TEST_F(RawStore, NeverTouchesFilesOfOthers) {
  for (std::string const name : {"KRW-BTC.csv", "KRW-BTC.csv.gz"}) {
    write_candles(folder_ / name, all_.first(10));
    auto const before = files();
    std::function<void()> const calls[] = {[&] { merge(all_); },
                                           [&] { stored_candles(folder_.path(), "KRW-BTC"); }};
    for (auto const& call : calls) {
      expect_error(ErrorKind::data,
                   "/" + name +
                       "' was not written by this program, or its record of sources, "
                       "'KRW-BTC.source.json', was deleted",
                   call);
      expect_error(ErrorKind::data, "`moneta import " + (folder_ / name).string() + " --to NEW_",
                   call);
    }
    EXPECT_EQ(files(), before);
    fs::remove(folder_ / name);
  }
  merge(all_);
  write_bytes(folder_ / "KRW-BTC.csv", "");
  expect_error(ErrorKind::data, "has both KRW-BTC.csv and KRW-BTC.csv.gz", [&] { merge(all_); });
}

TEST_F(RawStore, DoesNotTouchAFileThatWasChangedSince) {
  merge(all_.first(500));
  std::string const bytes = read_bytes(file_);
  for (std::string const& changed :
       {bytes.substr(0, bytes.size() - 1), bytes + 'x', std::string("x") + bytes.substr(1)}) {
    write_bytes(file_, changed);
    expect_error(ErrorKind::data, "KRW-BTC.csv.gz' was changed or damaged since this program wrote",
                 [&] { merge(all_); });
    EXPECT_EQ(read_bytes(file_), changed);
  }
  write_bytes(file_, bytes);
  merge(all_);
  fs::rename(file_, folder_ / "KRW-ETH.csv.gz");
  fs::rename(sidecar_, folder_ / "KRW-ETH.source.json");
  expect_error(ErrorKind::data, "is the record of KRW-BTC with bars of 1 min. Was it renamed?",
               [&] { stored_candles(folder_.path(), "KRW-ETH"); });
}

TEST_F(RawStore, RejectsWhatDoesNotBelongTogether) {
  merge(all_.first(10));
  auto const before = files();
  auto const rest = all_.subspan(10);
  auto const reject = [&](std::string const& message, CandleOrigin const& origin) {
    expect_error(ErrorKind::data, message, [&] { merge(rest, OnDifference::keep, origin); });
  };
  reject("KRW-BTC.csv.gz' has real candles (those of 'seed 1' are artificial). Choose another f",
         from_synth);
  reject("has candles of upbit KRW-BTC (those of 'b.csv' are of bithumb BTC). Choose another f",
         {"import", "b.csv", "CSV", "bithumb", "BTC"});
  reject("has candles of upbit KRW-BTC (those of 'b.csv' are of upbit KRW-ETH)",
         {"import", "b.csv", "CSV", "upbit", "KRW-ETH"});
  EXPECT_EQ(files(), before);
  for (CandleOrigin const& same : {CandleOrigin{"import", "b.csv", "CSV", "", "BTC/KRW"},
                                   CandleOrigin{"import", "b.csv", "CSV", "upbit", "krw_btc"},
                                   CandleOrigin{"import", "b.csv", "CSV", "upbit", ""}}) {
    EXPECT_NO_THROW(merge(rest, OnDifference::keep, same));
  }
}

TEST_F(RawStore, RejectsCandlesThatCannotBeReadAgain) {
  Candle const good = {600, 2, 3, 1, 2, 5};
  auto const with = [&](auto const& change) {
    Candle candle = good;
    change(candle);
    return candle;
  };
  for (Candle const& bad :
       {with([](Candle& c) { c.open = 4; }), with([](Candle& c) { c.low = 0; }),
        with([](Candle& c) { c.close = 0.5; }), with([](Candle& c) { c.high = 1e31; }),
        with([](Candle& c) { c.volume = -1; }), with([](Candle& c) { c.volume = std::nan(""); }),
        with([](Candle& c) { c.high = std::nan(""); }), with([](Candle& c) { c.time_s = 630; })}) {
    expect_error(ErrorKind::data, "'https://upbit.example' has the candle 1970-01-01T00:10:", [&] {
      merge(std::span(&bad, 1));
    });
  }
  Candle const twice[] = {good, good};
  expect_error(ErrorKind::internal, "out of order at 1970-01-01T00:10:00Z", [&] { merge(twice); });
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(merge(std::span(&good, 1)).added, 1u);
}

TEST_F(RawStore, RejectsNamesThatAreNoFileNames) {
  for (std::string const name : {"", "../x", "a/b", ".hidden", "KRW BTC", "-x", "비트코인"}) {
    expect_error(ErrorKind::config, "cannot be the name of a file",
                 [&] { stored_candles(folder_.path(), name); });
  }
}

TEST_F(RawStore, ReplacesArtificialCandlesAsAWhole) {
  auto const replace = [&](std::span<Candle const> candles) {
    RawCoin coin(folder_.path(), "KRW-BTC");
    coin.replace_all(candles, from_synth);
    return coin.write();
  };
  EXPECT_TRUE(replace(all_));
  EXPECT_FALSE(replace(all_));
  EXPECT_TRUE(sidecar().state.artificial);
  EXPECT_TRUE(replace(all_.subspan(5, 90)));
  EXPECT_EQ(stored(), Candles(candles_.begin() + 5, candles_.begin() + 95));
  EXPECT_EQ(sidecar().state.spans.size(), 1u);
  EXPECT_EQ(stored_candles(folder_.path(), "KRW-BTC")->candles, 90u);
  // The file is the one that write_candles makes.
  write_candles(folder_ / "a.csv.gz", all_.subspan(5, 90));
  EXPECT_EQ(read_bytes(file_), read_bytes(folder_ / "a.csv.gz"));

  fs::remove(file_);
  merge(all_);
  expect_error(ErrorKind::data, "has real candles", [&] { replace(all_); });
}

TEST_F(RawStore, AdoptsArtificialCandlesThatHaveNoSidecar) {
  write_candles(file_, all_);
  for (int i = 0; i < 2; ++i) {
    RawCoin coin(folder_.path(), "KRW-BTC", 1, WithoutSidecar::artificial);
    EXPECT_EQ(coin.stored()->newest, candles_.back());
    coin.replace_all(all_, from_synth);
    EXPECT_EQ(coin.write(), i == 0);
  }
  EXPECT_EQ(sidecar().state.spans.size(), 1u);
  fs::remove(sidecar_);
  {
    RawCoin coin(folder_.path(), "KRW-BTC", 1, WithoutSidecar::artificial);
    coin.replace_all(all_.first(5), from_synth);
    coin.write();
  }
  EXPECT_EQ(stored().size(), 5u);
  fs::rename(file_, folder_ / "KRW-BTC.csv");
  expect_error(ErrorKind::data, "/KRW-BTC.csv' was not written by this program",
               [&] { RawCoin(folder_.path(), "KRW-BTC", 1, WithoutSidecar::artificial); });
}

TEST_F(RawStore, RejectsASidecarThatIsNoFile) {
  fs::create_directory(sidecar_);
  expect_error(ErrorKind::data, "KRW-BTC.source.json' is not a file (it would be the record of",
               [&] { merge(all_); });
}

TEST_F(RawStore, ReadsASidecarOfANameThatIsNoUtf8) {
  merge(all_, OnDifference::keep, {"import", "\xb0\xa1.csv", "CSV", "", ""});
  EXPECT_EQ(sidecar().state.spans[0].source, "\xEF\xBF\xBD\xEF\xBF\xBD.csv");
}

struct SidecarCase {
  char const* name;
  void (*change)(Json& json);
  char const* message;

  friend void PrintTo(SidecarCase const& c, std::ostream* out) { *out << c.name; }
};

class BadSidecar : public RawStore, public testing::WithParamInterface<SidecarCase> {};

TEST_P(BadSidecar, IsAnError) {
  merge(all_.first(5));
  Json json = read_json(sidecar_);
  GetParam().change(json);
  write_bytes(sidecar_, json.dump());
  auto const before = files();
  expect_error(ErrorKind::data, "'" + sidecar_.string() + "' " + GetParam().message,
               [&] { merge(all_); });
  EXPECT_EQ(files(), before);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadSidecar, testing::ValuesIn(std::vector<SidecarCase>{
    {"OtherFormat", [](Json& json) { json["format"] = "x"; },
     "is not a record of the source of candles (its format is 'x'). Move it away?"},
    {"NewerVersion", [](Json& json) { json["version"] = 2; },
     "has the version 2 (this program knows 1). Was it written by a newer one?"},
    {"MissingKey", [](Json& json) { json.erase("sha256"); }, "lacks the field 'sha256'"},
    {"UnknownKey", [](Json& json) { json["more"] = 1; }, "has the field 'more' (unknown"},
    {"UnknownKeyOfASpan", [](Json& json) { json["spans"][0]["more"] = 1; }, "has the field 'more'"},
    {"ShortCandle", [](Json& json) { json["newest_candle"].erase(5); },
     "has [1709251020000,43"},
    {"TextInACandle", [](Json& json) { json["first_candle"] = {0, 1, 1, 1, 1, "x"}; },
     "has [0,1,1,1,1,\"x\"] instead of a row of six numbers. Is it damaged?"},
    {"EmptyNext", [](Json& json) { json["next"] = Json::object(); }, "lacks the field 'exchange'"},
    {"NoObject", [](Json& json) { json = Json::array(); }, "is not an object"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
