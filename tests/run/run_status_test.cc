// SPDX-License-Identifier: Apache-2.0
#include "run/run_status.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "telemetry/display/render_progress.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/logging/daily_file.h"

namespace moneta {
namespace {

RunStatus running() {
  RunStatus status;
  status.run = "upbit8";
  status.host = "trainer-1";
  status.pid = 4711;
  status.started_ms = 1'742'983'200'000;
  status.written_ms = 1'742'990'400'000;
  status.reported_ms = 1'742'990'399'000;
  status.state = RunState::running;
  status.epochs = 200;
  status.ranks = 2;
  status.elapsed_seconds = 7200;
  status.eta_seconds = 1e6;
  CoinView coin;
  coin.name = "KRW-BTC";
  coin.phase = CoinPhase::running;
  coin.rank = 1;
  coin.epochs_done = 3;
  coin.fraction = 0.25;
  coin.train_loss = 0.1 + 0.2;
  coin.valid_loss = 0.85;
  coin.best_valid_loss = 0.84;
  coin.best_epoch = 2;
  coin.sequences_per_second = 1234.5;
  coin.epoch_seconds = 1800;
  status.coins = {coin, CoinView{}};
  status.coins[1].name = "KRW-ETH";
  status.events = {
      {1'742'990'000'000, {Severity::warning, "slow", "slower", "KRW-BTC", 1, Json::object()}}};
  status.readings = {Json::object(), {{"temperature_c", 61}}};
  return status;
}

TEST(RunStatusJson, ComesBackTheSame) {
  Json const json = to_json(running());
  EXPECT_EQ(to_json(run_status_from(Json::parse(json.dump()), "it")).dump(), json.dump());
  EXPECT_EQ(json["format"], "moneta-status");
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["state"], "running");
  EXPECT_EQ(json["coins"][0]["train_loss"].get<double>(), 0.1 + 0.2);
  EXPECT_TRUE(json["coins"][1]["valid_loss"].is_null());
  EXPECT_TRUE(json["coins"][1]["rank"].is_null());
  EXPECT_EQ(json["readings"][1]["temperature_c"], 61);
}

TEST(RunStatusJson, ToleratesMembersOfLaterPrograms) {
  Json json = to_json(running());
  json["weather"] = "fine";
  json["coins"][0]["mood"] = 3;
  json["events"][0]["sound"] = "loud";
  RunStatus const status = run_status_from(json, "it");
  EXPECT_EQ(status.coins.size(), 2u);
  EXPECT_EQ(status.events[0].event.message, "slower");
}

TEST(RunStatusJson, EveryStateAndPhaseHasItsWord) {
  for (int state = 0; state <= static_cast<int>(RunState::failed); ++state) {
    RunStatus status = running();
    status.state = static_cast<RunState>(state);
    EXPECT_EQ(run_status_from(to_json(status), "it").state, status.state);
    EXPECT_EQ(is_over(status.state), state >= static_cast<int>(RunState::stopped));
  }
  for (int phase = 0; phase <= static_cast<int>(CoinPhase::failed); ++phase) {
    RunStatus status = running();
    status.coins[0].phase = static_cast<CoinPhase>(phase);
    EXPECT_EQ(run_status_from(to_json(status), "it").coins[0].phase, status.coins[0].phase);
  }
}

TEST(RunStatusView, ShowsThePictureOfTheRun) {
  auto const lines = render_progress(view_of(running()), 10, {79, 10, false});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[0].starts_with("KRW-BTC ")) << lines[0];
  EXPECT_NE(lines[0].find("  3/200  25% train 0.3000"), std::string::npos) << lines[0];
  EXPECT_TRUE(lines[2].starts_with("ETA 19")) << lines[2];  // 396 epochs of half an hour
  EXPECT_NE(lines[2].find("elapsed 2h 00m"), std::string::npos) << lines[2];
}

TEST(RunStatusView, OfARunThatIsOverHasNoTimeOfArrival) {
  RunStatus status = running();
  status.state = RunState::stopped;
  auto const lines = render_progress(view_of(status), 0, {79, 10, false});
  EXPECT_TRUE(lines.back().starts_with("left 19")) << lines.back();
}

struct ForeignStatus {
  char const* name;
  std::string starts;
  std::string text;
};

class ForeignStatusFile : public testing::TestWithParam<ForeignStatus> {};

TEST_P(ForeignStatusFile, IsRefusedByName) {
  FreshFolder folder;
  folder.write("status.json", GetParam().text);
  std::string const file = (folder / "status.json").string();
  try {
    read_run_status(file);
    FAIL() << "no error";
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    std::string const text = error.what();
    EXPECT_TRUE(text.starts_with("'" + file + "'")) << text;
    EXPECT_NE(text.find(GetParam().starts), std::string::npos) << text;
  }
}

std::string changed(char const* key, Json const& value) {
  Json json = to_json(running());
  json[key] = value;
  return json.dump();
}

std::string changed_coin(char const* key, Json const& value) {
  Json json = to_json(running());
  json["coins"].at(0)[key] = value;
  return json.dump();
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ForeignStatusFile, testing::ValuesIn(std::vector<ForeignStatus>{
    {"Empty",        "", ""},
    {"HalfWritten",  "", to_json(running()).dump().substr(0, 200)},
    {"List",         "", "[]"},
    {"Foreign",      "is no status of a run (its format is not moneta-status)",
                     changed("format", "moneta-index")},
    {"Later",        "is of version 2 (this program reads up to 1). Use the program that wrote it?",
                     changed("version", 2u)},
    {"UnknownState", "is damaged (there is no 'asleep')", changed("state", "asleep")},
    {"WrongType",    "is damaged (", changed("epochs", "many")},
    {"NegativePid",  "is damaged (there is -1 instead of a whole number from 0 to 1000000000)", changed("pid", -1)},
    {"ManyEpochs",   "is damaged (there is 9223372036854775807 instead of", changed("epochs", std::numeric_limits<std::int64_t>::max())},
    {"EpochsBroken", "is damaged (there is 1e+300 instead of", changed("epochs", 1e300)},
    {"NoTime",       "is damaged (there is -9223372036854775808 instead of", changed("written_ms", std::numeric_limits<std::int64_t>::min())},
    {"Escape",       "is damaged (there are control characters in '?[2J')", changed("host", "\x1b[2J")},
    {"Fraction",     "is damaged (there is 1e+300 instead of 0 to 1)", changed_coin("fraction", 1e300)},
    {"CoinsName",    "is damaged (there are control characters in 'A?')", changed_coin("coin", "A\n")},
    {"NoCoin",       "is damaged (", changed("coins", Json::array({3}))},
    {"NoEvent",      "is damaged (", changed("events", Json::array({Json::object()}))},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(RunStatusFile, ThatIsMissingIsSaidSo) {
  FreshFolder folder;
  EXPECT_THROW(read_run_status(folder / "status.json"), Error);
}

void set_age(std::filesystem::path const& path, int seconds) {
  namespace fs = std::filesystem;
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

TEST(FileAge, AsksTheClockOfTheFolderNotThatOfThisMachine) {
  FreshFolder folder;
  folder.write("status.json", "");
  set_age(folder / "status.json", 100);
  std::int64_t const wrong_ms = system_clock_ms() + 3'600'000;
  auto const age_s = file_age_s(folder / "status.json", folder.path(), wrong_ms);
  ASSERT_TRUE(age_s);
  EXPECT_NEAR(*age_s, 100, 5);
  auto const files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);  // nothing is left behind
}

TEST(FileAge, AsksThisMachineWhereNothingCanBeWritten) {
  FreshFolder folder;
  folder.write("status.json", "");
  set_age(folder / "status.json", 100);
  auto const age_s =
      file_age_s(folder / "status.json", folder / "no such folder", system_clock_ms() + 60'000);
  ASSERT_TRUE(age_s);
  EXPECT_NEAR(*age_s, 160, 5);
}

TEST(FileAge, IsNeverNegativeAndNothingWithoutAFile) {
  FreshFolder folder;
  folder.write("status.json", "");
  set_age(folder / "status.json", -100);
  EXPECT_EQ(file_age_s(folder / "status.json", folder.path(), 0), 0.0);
  EXPECT_EQ(file_age_s(folder / "nothing", folder.path(), 0), std::nullopt);
}

}  // namespace
}  // namespace moneta
