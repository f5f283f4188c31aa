// SPDX-License-Identifier: Apache-2.0
#include "import/import_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

#include "import/zip_bytes.h"
#include "io/folder_lock.h"
#include "io/line_writer.h"
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

/// A text for the stand-in below: for each market a line "coin exchange market minutes first last",
/// where "-" is nothing, for some of the made candles.
std::string text_of(std::string const& coin, std::size_t first, std::size_t last,
                    std::string const& exchange = "-", std::string const& market = "-",
                    int minutes = 1) {
  return fmt::format("{} {} {} {} {} {}\n", coin, exchange, market, minutes, first, last);
}

Candles candles_of(std::size_t first, std::size_t last) {
  static Candles const all = made_candles(1000, 7);
  return {all.begin() + static_cast<std::ptrdiff_t>(first),
          all.begin() + static_cast<std::ptrdiff_t>(last)};
}

std::vector<ImportedCandles> read_stand_in(std::string_view text, std::string const& name,
                                           ImportOptions const&) {
  std::vector<ImportedCandles> all;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    ImportedCandles each;
    std::size_t first = 0, last = 0;
    std::istringstream words(line);
    words >> each.coin >> each.exchange >> each.market >> each.interval_minutes >> first >> last;
    MONETA_REQUIRE(words, data, "'{}' line 1 is no candle. Is it the right file?", name);
    for (auto* const word : {&each.coin, &each.exchange, &each.market}) {
      if (*word == "-") word->clear();
    }
    each.form = "stand-in";
    each.candles = candles_of(first, last);
    if (line.ends_with(" changed")) {
      for (Candle& candle : each.candles) candle.volume += 1;
    }
    each.decisions = {"The name is " + name + "."};
    all.push_back(std::move(each));
  }
  return all;
}

class ImportFiles : public testing::Test {
 protected:
  ImportFiles() {
    fs::create_directory(folder_ / "in");
    request_.sources = {folder_ / "in"};
    request_.folder = folder_ / "raw";
  }

  void give(std::string const& name, std::string const& text) {
    write_bytes(folder_ / ("in/" + name), text);
  }

  ImportSummary import(std::size_t most_held = 1'000'000) {
    reports_.clear();
    errors_.clear();
    ImportListener listener;
    listener.on_imported = [&](ImportReport const& report) { reports_.push_back(report); };
    listener.on_failed = [&](Error const& error) { errors_.emplace_back(error.what()); };
    listener.on_wait = [&](std::string const& sentence) { waited_ = sentence; };
    return import_files(request_, read_stand_in, listener, most_held);
  }

  Candles stored(std::string const& coin) {
    return read_candles(folder_ / ("raw/" + coin + ".csv.gz"), BadRows::error).candles;
  }
  std::vector<SourceSpan> spans(std::string const& coin) {
    return read_source_record(folder_ / ("raw/" + coin + ".source.json"))->state.spans;
  }

  void expect_failed(std::string const& part) {
    ASSERT_EQ(errors_.size(), 1u) << testing::PrintToString(errors_);
    EXPECT_NE(errors_[0].find(part), std::string::npos) << errors_[0];
  }

  ScratchFolder const folder_;
  ImportRequest request_;
  std::vector<ImportReport> reports_;
  std::vector<std::string> errors_;
  std::string waited_;
};

TEST_F(ImportFiles, MergesTheSourcesOfACoin) {
  give("A-2021-01.csv", text_of("A", 0, 400, "binance", "ABTC"));
  give("A-2021-02.csv", text_of("A", 350, 700));
  give("B.zip", zip_bytes({{"B-1.csv", text_of("B", 10, 20)}, {"B-2.csv", text_of("B", 5, 10)}}));
  give("README.md", "");
  ImportSummary const summary = import();
  EXPECT_EQ(summary.sources, 4u);
  EXPECT_EQ(summary.failed, 0u);
  EXPECT_EQ(summary.added, 715u);
  EXPECT_EQ(summary.equal, 50u);
  EXPECT_EQ(summary.different, 0u);
  EXPECT_EQ(summary.coins, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(summary.written,
            (std::vector<std::string>{folder_ / "raw/A.csv.gz", folder_ / "raw/B.csv.gz"}));
  ASSERT_EQ(summary.ignored.size(), 1u);
  EXPECT_EQ(summary.ignored[0].file, folder_ / "in/README.md");
  EXPECT_EQ(stored("A"), candles_of(0, 700));
  EXPECT_EQ(stored("B"), candles_of(5, 20));

  ASSERT_EQ(reports_.size(), 4u);
  ImportReport const& second = reports_[1];
  EXPECT_EQ(second.source, folder_ / "in/A-2021-02.csv");
  EXPECT_EQ(second.coin, "A");
  EXPECT_EQ(second.imported.form, "stand-in");
  EXPECT_EQ(second.imported.decisions, std::vector<std::string>{"The name is A-2021-02.csv."});
  EXPECT_EQ(second.candles, 350u);
  EXPECT_EQ(second.first_s, candles_of(350, 351)[0].time_s);
  EXPECT_EQ(second.last_s, candles_of(699, 700)[0].time_s);
  EXPECT_EQ(second.merged.added, 300u);
  EXPECT_EQ(reports_[2].source, (folder_ / "in/B.zip").string() + ": B-1.csv");

  ASSERT_EQ(spans("A").size(), 2u);
  EXPECT_EQ(spans("A")[0].writer, "import");
  EXPECT_EQ(spans("A")[0].source, folder_ / "in/A-2021-01.csv");
  EXPECT_EQ(read_source_record(folder_ / "raw/A.source.json")->state.market, "ABTC");
}

TEST_F(ImportFiles, ReadsSeveralMarketsOfOneText) {
  give("all.csv", text_of("A", 0, 10) + text_of("B", 0, 20));
  EXPECT_EQ(import().coins, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(stored("B").size(), 20u);
}

TEST_F(ImportFiles, WritesNothingTheSecondTime) {
  give("A.csv", text_of("A", 0, 10));
  import();
  auto const before = fs::last_write_time(folder_ / "raw/A.csv.gz");
  ImportSummary const summary = import();
  EXPECT_EQ(summary.equal, 10u);
  EXPECT_EQ(summary.coins, std::vector<std::string>{"A"});
  EXPECT_TRUE(summary.written.empty());
  EXPECT_EQ(fs::last_write_time(folder_ / "raw/A.csv.gz"), before);
}

TEST_F(ImportFiles, NeedsNoPermissionToWriteIfThereIsNothingToWrite) {
  give("A.csv", text_of("A", 0, 10));
  import();
  give("B.csv", text_of("A", 10, 20));
  request_.sources = {folder_ / "in/A.csv"};
  fs::remove(folder_ / "raw/.lock");
  for (char const* const path : {"", "in"}) ::chmod((folder_ / path).c_str(), 0755);
  ::chmod((folder_ / "raw").c_str(), 0555);
  pid_t const child = ::fork();
  if (child == 0) {
    // Root could write there.
    if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    EXPECT_EQ(import().equal, 10u);
    request_.sources = {folder_ / "in/B.csv"};
    expect_error(ErrorKind::disk, "raw/A.csv.gz", [&] { import(); });
    ::_exit(HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::chmod((folder_ / "raw").c_str(), 0755);
  EXPECT_EQ(status, 0);
}

TEST_F(ImportFiles, KeepsOrReplacesCandlesThatDiffer) {
  give("1.csv", text_of("A", 0, 100));
  give("2.csv", "A - - 1 40 60 changed\n");
  ImportSummary summary = import();
  EXPECT_EQ(summary.different, 20u);
  EXPECT_EQ(summary.sources, 2u);
  EXPECT_EQ(reports_[1].merged.differences[0].stored, candles_of(40, 41)[0]);
  EXPECT_EQ(stored("A"), candles_of(0, 100));
  request_.sources = {folder_ / "in/2.csv"};
  request_.on_difference = OnDifference::replace;
  EXPECT_EQ(import().different, 20u);
  EXPECT_EQ(stored("A")[40].volume, candles_of(40, 41)[0].volume + 1);
  EXPECT_EQ(import().equal, 20u);
}

TEST_F(ImportFiles, ImportsTheOthersIfASourceFails) {
  give("1.csv", "no candle\n");
  give("2.zip", "PK\x03\x04");
  std::string zip = zip_bytes({{"a.csv", text_of("A", 20, 30)}, {"b.csv", text_of("A", 30, 40)}});
  zip[zip.find(" 20 ") + 1] = '1';
  give("3.zip", zip);
  give("4.csv", text_of("A", 0, 10));
  give("5.csv", text_of("A", 10, 20, "upbit"));
  give("6.csv", text_of("A", 10, 20, "bithumb"));
  give("7.csv", text_of("../A", 10, 20));
  give("8.csv", text_of("A", 5, 5));
  request_.sources.insert(request_.sources.begin(), folder_ / "none.csv");
  ImportSummary const summary = import();
  EXPECT_EQ(summary.sources, 3u);
  EXPECT_EQ(summary.failed, 7u);
  std::string const in = (folder_ / "in/").string();
  std::string const parts[] = {
      "there is no file '" + (folder_ / "none.csv").string() + "'",
      in + "1.csv: '1.csv' line 1 is no candle",
      in + "2.zip' is not a complete zip archive",
      in + "3.zip: a.csv' is damaged (zip: CRC error)",
      in + "8.csv: it has no candles. Is it the right file?",
      in + "7.csv: the coin '../A' cannot be the name of a file",
      "raw/A.csv.gz' has candles of upbit (those of '" + in + "6.csv' are of bithumb)"};
  ASSERT_EQ(errors_.size(), 7u) << testing::PrintToString(errors_);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_NE(errors_[i].find(parts[i]), std::string::npos) << errors_[i] << '\n' << parts[i];
  }
  auto expected = candles_of(0, 20), end = candles_of(30, 40);
  expected.insert(expected.end(), end.begin(), end.end());
  EXPECT_EQ(stored("A"), expected);
}

TEST_F(ImportFiles, ReportsAForeignFileOnceForAllSourcesOfItsCoin) {
  fs::create_directory(folder_ / "raw");
  write_candles(folder_ / "raw/A.csv", candles_of(0, 5));
  give("A1.csv", text_of("A", 0, 10));
  give("A2.csv", text_of("A", 10, 20));
  give("B.csv", text_of("B", 0, 10));
  ImportSummary const summary = import();
  EXPECT_EQ(summary.coins, std::vector<std::string>{"B"});
  expect_failed("'" + (folder_ / "raw/A.csv").string() + "' was not written by this program");
  EXPECT_FALSE(fs::exists(folder_ / "raw/A.csv.gz"));
}

TEST_F(ImportFiles, GivesAllSourcesTheNameOfACoin) {
  request_.coin = "KRW-BTC";
  give("1.csv", text_of("A", 0, 10, "-", "BTCUSDT"));
  give("2.csv", text_of("-", 10, 20, "-", "BTC/USDT"));
  give("3.csv", text_of("-", 20, 30));
  EXPECT_EQ(import().coins, std::vector<std::string>{"KRW-BTC"});
  EXPECT_EQ(stored("KRW-BTC"), candles_of(0, 30));
}

TEST_F(ImportFiles, RejectsOneNameForSeveralMarkets) {
  request_.coin = "KRW-BTC";
  give("1.csv", text_of("A", 0, 10) + text_of("B", 0, 10));
  EXPECT_TRUE(import().coins.empty());
  expect_failed("1.csv: it has candles of 2 markets (--coin KRW-BTC would give all of them one");
  give("1.csv", text_of("A", 0, 10, "-", "BTCUSDT"));
  give("2.csv", text_of("B", 10, 20, "-", "ETHUSDT"));
  import();
  expect_failed("2.csv: it has candles of ETHUSDT, and another source has candles of BTCUSDT");
  EXPECT_EQ(stored("KRW-BTC").size(), 10u);
  request_.coin = "KRW/BTC";
  expect_error(ErrorKind::config, "the coin 'KRW/BTC' cannot be the name of a file",
               [&] { import(); });
}

TEST_F(ImportFiles, AsksForTheCoinIfTheSourceDoesNotSay) {
  give("1.csv", text_of("-", 0, 10, "-", "X"));
  import();
  expect_failed(
      "1.csv: neither its content nor its name says which coin it is (its market is 'X'). Add "
      "--coin NAME, for example --coin KRW-BTC?");
  EXPECT_FALSE(fs::exists(folder_ / "raw"));
}

TEST_F(ImportFiles, KeepsLongerBarsInFilesOfTheirOwn) {
  give("1.csv", text_of("A", 0, 10) + text_of("A", 0, 3, "-", "-", 60));
  ImportSummary const summary = import();
  EXPECT_EQ(summary.coins, std::vector<std::string>{"A"});
  EXPECT_EQ(stored("A").size(), 10u);
  EXPECT_EQ(stored("A@60m").size(), 3u);
}

TEST_F(ImportFiles, WritesEarlierIfThereAreTooManyCandles) {
  for (std::size_t i = 0; i < 10; ++i) {
    give(fmt::format("{}.csv", i), text_of("A", i * 100, i * 100 + 100));
  }
  EXPECT_EQ(import(250).added, 1000u);
  EXPECT_EQ(stored("A"), candles_of(0, 1000));
  EXPECT_EQ(spans("A").size(), 10u);
}

TEST_F(ImportFiles, KeepsTheOriginOfRawCandles) {
  give("A.csv", text_of("A", 0, 10, "upbit", "KRW-A"));
  import();
  // The stand-in cannot read candles: its text takes their place.
  fs::copy(folder_ / "raw/A.source.json", folder_ / "in/A.source.json");
  fs::rename(folder_ / "in/A.csv", folder_ / "in/plain");
  {
    LineWriter text(folder_ / "in/A.csv.gz", TextFormat::gzip);
    text.write(text_of("A", 0, 10));
    text.close();
  }
  request_.folder = folder_ / "new";
  EXPECT_EQ(import().added, 10u);
  auto const state = read_source_record(folder_ / "new/A.source.json")->state;
  EXPECT_EQ(state.exchange, "upbit");
  EXPECT_EQ(state.market, "KRW-A");

  write_bytes(folder_ / "in/A.source.json", "damaged");
  EXPECT_EQ(import().equal, 10u);
}

TEST_F(ImportFiles, DoesNotMakeArtificialCandlesRealOnes) {
  fs::create_directory(folder_ / "art");
  RawCoin coin(folder_ / "art", "A");
  coin.replace_all(candles_of(0, 10), {"synth", "seed 1", "artificial market", "", ""});
  coin.write();
  request_.sources = {folder_ / "art"};
  EXPECT_EQ(import().sources, 0u);
  expect_failed("art/A.csv.gz' has artificial candles (in another folder they would count as real");
}

TEST_F(ImportFiles, StopsIfTheDiskIsFull) {
  give("1.csv", text_of("A", 0, 1000));
  FileSizeLimit const limit(4'000);
  expect_error(ErrorKind::disk, "A.csv.gz", [&] { import(); });
  EXPECT_FALSE(fs::exists(folder_ / "raw/A.csv.gz"));
}

TEST_F(ImportFiles, WaitsForAnotherImport) {
  give("1.csv", text_of("A", 0, 10));
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  pid_t const child = ::fork();
  if (child == 0) {
    FolderLock const lock(folder_ / "raw");
    (void)!::write(go[1], "x", 1);
    ::usleep(300'000);
    ::_exit(fs::exists(folder_ / "raw/A.csv.gz") ? 1 : 0);
  }
  char byte = 0;
  ASSERT_EQ(::read(go[0], &byte, 1), 1);
  EXPECT_EQ(import().added, 10u);
  EXPECT_NE(waited_.find(fmt::format("waiting for process {} to finish", child)), std::string::npos)
      << waited_;
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace moneta
