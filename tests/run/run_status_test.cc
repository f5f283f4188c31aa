// SPDX-License-Identifier: Apache-2.0
#include "run/run_status.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>

#include "base/error.h"
#include "telemetry/display/render_progress.h"
#include "telemetry/fresh_folder.h"

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
  status.coins[0].dates = {{0, 60}, {120, 180}, {240, 1'742'946'300}};
  status.events = {{1'742'990'000'000,
                    {.severity = Severity::warning,
                     .event = Event::slow,
                     .message = "slower",
                     .coin = "KRW-BTC",
                     .rank = 1}}};
  status.readings = {Json::object(), {{"temperature_c", 61}}};
  return status;
}

TEST(RunStatusJson, RoundTripsEveryMember) {
  Json const json = to_json(running());
  EXPECT_EQ(to_json(run_status_from(Json::parse(json.dump()), "it")).dump(), json.dump());
  EXPECT_EQ(json["format"], "moneta-status");
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["state"], "running");
  EXPECT_EQ(json["coins"][0]["train_loss"].get<double>(), 0.1 + 0.2);
  EXPECT_TRUE(json["coins"][1]["valid_loss"].is_null());
  EXPECT_TRUE(json["coins"][1]["rank"].is_null());
  EXPECT_EQ(json["coins"][0]["dates"]["test"]["last"], "2025-03-25T23:45:00Z");
  EXPECT_TRUE(json["coins"][1]["dates"].is_null());
  EXPECT_EQ(json["readings"][1]["temperature_c"], 61);
}

TEST(RunStatusJson, IgnoresUnknownMembers) {
  Json json = to_json(running());
  json["weather"] = "fine";
  json["coins"][0]["mood"] = 3;
  json["events"][0]["sound"] = "loud";
  RunStatus const status = run_status_from(json, "it");
  EXPECT_EQ(status.coins.size(), 2u);
  EXPECT_EQ(status.events[0].event.message, "slower");
}

TEST(RunStatusJson, OfEarlierVersionsHasNoDates) {
  Json json = to_json(running());
  for (Json& coin : json["coins"]) coin.erase("dates");
  EXPECT_FALSE(run_status_from(json, "it").coins[0].dates);
}

TEST(RunStatusJson, RoundTripsEveryStateAndPhase) {
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

TEST(RunStatusView, IsRenderedLikeTheRun) {
  auto const lines = render_progress(view_of(running()), 10, {79, 10, false});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[0].starts_with("KRW-BTC ")) << lines[0];
  EXPECT_NE(lines[0].find("  3/200  25% train 0.3000"), std::string::npos) << lines[0];
  EXPECT_TRUE(lines[2].starts_with("ETA 19")) << lines[2];  // 396 epochs of half an hour
  EXPECT_NE(lines[2].find("elapsed 2h 00m"), std::string::npos) << lines[2];
}

TEST(RunStatusView, OfAnEndedRunHasNoEta) {
  RunStatus status = running();
  status.state = RunState::stopped;
  auto const lines = render_progress(view_of(status), 0, {79, 10, false});
  EXPECT_TRUE(lines.back().starts_with("left 19")) << lines.back();
}

struct InvalidStatusCase {
  char const* name;
  std::string reason;
  std::string text;
  friend void PrintTo(InvalidStatusCase const& c, std::ostream* out) { *out << c.name; }
};

class InvalidStatusFile : public testing::TestWithParam<InvalidStatusCase> {};

TEST_P(InvalidStatusFile, ThrowsWithTheFileAndTheReason) {
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
    EXPECT_NE(text.find(GetParam().reason), std::string::npos) << text;
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

std::string changed_event(char const* key, Json const& value) {
  Json json = to_json(running());
  json["events"].at(0)[key] = value;
  return json.dump();
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, InvalidStatusFile, testing::ValuesIn(std::vector<InvalidStatusCase>{
    {"Empty",        "", ""},
    {"HalfWritten",  "", to_json(running()).dump().substr(0, 200)},
    {"List",         "", "[]"},
    {"Foreign",      "(its format is not moneta-status)",
                     changed("format", "moneta-index")},
    {"Later",        "version 2 (this program reads up to 1)",
                     changed("version", 2u)},
    {"UnknownState", "is damaged (there is no 'asleep')", changed("state", "asleep")},
    {"WrongType",    "is damaged (", changed("epochs", "many")},
    {"NegativePid",  "is damaged (it contains -1 instead of a whole number from 0 to 1000000000)", changed("pid", -1)},
    {"ManyEpochs",   "is damaged (it contains 9223372036854775807 instead of", changed("epochs", std::numeric_limits<std::int64_t>::max())},
    {"EpochsBroken", "is damaged (it contains 1e+300 instead of", changed("epochs", 1e300)},
    {"NoTime",       "is damaged (it contains -9223372036854775808 instead of", changed("written_ms", std::numeric_limits<std::int64_t>::min())},
    {"Escape",       "is damaged (there are control characters in '?[2J')", changed("host", "\x1b[2J")},
    {"Fraction",     "is damaged (it contains 1e+300 instead of 0 to 1)", changed_coin("fraction", 1e300)},
    {"CoinsName",    "is damaged (there are control characters in 'A?')", changed_coin("coin", "A\n")},
    {"NoCoin",       "is damaged (", changed("coins", Json::array({3}))},
    {"UnknownEvent", "there is no event 'gossip'", changed_event("action", "gossip")},
    {"NoEvent",      "is damaged (", changed("events", Json::array({Json::object()}))},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(RunStatusFile, ThatIsMissingThrows) {
  FreshFolder folder;
  EXPECT_THROW(read_run_status(folder / "status.json"), Error);
}

}  // namespace
}  // namespace moneta
