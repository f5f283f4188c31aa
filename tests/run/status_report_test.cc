// SPDX-License-Identifier: Apache-2.0
#include "run/status_report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "config/load.h"
#include "run/reports.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

TEST_F(Reports, OfARunningRunShowProgressDevicesAndEvents) {
  write_status(std::nullopt);
  set_age(3);
  EXPECT_EQ(look().state, RunState::running);
  EXPECT_EQ(exit_status_of(look()), 0);
  std::string const shown = text();
  EXPECT_TRUE(shown.starts_with("demo: running on ")) << shown;
  EXPECT_NE(shown.find(", 2 ranks, last written 3."), std::string::npos) << shown;
  EXPECT_NE(shown.find("  3/200  50% train 0.8000"), std::string::npos) << shown;
  EXPECT_NE(shown.find("\nETA 5h "), std::string::npos) << shown;
  EXPECT_NE(shown.find("elapsed 8."), std::string::npos) << shown;
  EXPECT_NE(shown.find("\nrank 1: 61 C 310/345 W\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find(" ago  warning KRW-ETH: slower than before\n"), std::string::npos) << shown;
}

TEST_F(Reports, ShowTheDatesOfTheCoinsInOneLineIfTheyAreTheSame) {
  SplitDates const dates{{0, 60}, {120, 180}, {240, 300}};
  auto const shown_for = [&](SplitDates const& of_eth) {
    {
      auto file = fed_status_file(
          run_ / "status.json", {{"KRW-BTC", "KRW-ETH"}}, [](EventRecord const&) {},
          [this] { return clock_ms_; }, [this] { return 0.001 * static_cast<double>(clock_ms_); });
      file.view.on(SplitRecord{"KRW-BTC", 0, dates});
      file.view.on(SplitRecord{"KRW-ETH", 1, of_eth});
      file.on(EventRecord{.event = Event::split_dates, .message = "not among the events"});
      file.sink.close(end_in(RunState::finished));
    }
    return text();
  };
  std::string const same = shown_for(dates);
  EXPECT_NE(same.find("\nall coins: train 1970-01-01 to 1970-01-01, valid "), std::string::npos)
      << same;
  EXPECT_EQ(same.find("not among the events"), std::string::npos) << same;
  SplitDates other = dates;
  other.test.last_s += 90'000;
  std::string const different = shown_for(other);
  EXPECT_NE(different.find("\nKRW-BTC: train "), std::string::npos) << different;
  EXPECT_NE(different.find("\nKRW-ETH: train "), std::string::npos) << different;
}

struct EndCase {
  char const* name;
  std::optional<RunState> end;
  int age_s;
  RunState state;
  int exit_status;
  char const* text;
  friend void PrintTo(EndCase const& each, std::ostream* out) { *out << each.name; }
};

class ReportsOfAnEndedRun : public Reports, public testing::WithParamInterface<EndCase> {};

TEST_P(ReportsOfAnEndedRun, StateHowItEnded) {
  EndCase const& each = GetParam();
  write_status(each.end);
  set_age(each.age_s);
  EXPECT_EQ(look().state, each.state);
  EXPECT_EQ(exit_status_of(look()), each.exit_status);
  std::string const shown = text();
  EXPECT_TRUE(shown.starts_with(each.text)) << shown;
  EXPECT_EQ(shown.find("ETA"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("rank 1:"), std::string::npos)
      << shown;  // another run may use the GPU by now
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ReportsOfAnEndedRun, testing::ValuesIn(std::vector<EndCase>{
    {"Finished", RunState::finished, 0,    RunState::finished, 0, "demo: not running: finished, last written "},
    {"Stopped",  RunState::stopped,  3600, RunState::stopped,  0,
     "demo: not running: stopped on request and saved, last written 1h 00m ago; `launch/train.sh CONFIG` resumes it\n"},
    {"Failed",   RunState::failed,   90,   RunState::failed,   4, "demo: not running: failed, last written 1m 30s ago. See '"},
    {"Killed",   std::nullopt,       16,   RunState::killed,   4, "demo: not running: last written 16s ago on "},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST_F(Reports, OfAKilledRunNameTheRemedy) {
  write_status(std::nullopt);
  set_age(60);
  EXPECT_NE(
      text().find(
          "no clean shutdown recorded, probably killed; `launch/train.sh CONFIG` resumes it\n"),
      std::string::npos)
      << text();
}

TEST_F(Reports, HaveAnErrorStatusIfACoinFailed) {
  write_status(std::nullopt, true);
  set_age(0);
  EXPECT_EQ(look().state, RunState::running);
  EXPECT_EQ(exit_status_of(look()), 4);
  EXPECT_NE(text().find("1 failed"), std::string::npos);
}

TEST_F(Reports, MentionThatARunningRunIsSilent) {
  {
    auto file = fed_status_file(
        run_ / "status.json", {{"A"}}, [](EventRecord const&) {}, [this] { return clock_ms_; },
        [this] { return 0.001 * static_cast<double>(clock_ms_); });
    clock_ms_ += 125'000;
    file.sink.tick();
    std::string const alive = read_bytes(run_ / "status.json");
    file.sink.close(end_in(RunState::failed));
    write_bytes(run_ / "status.json", alive);
  }
  EXPECT_NE(text().find("\nno rank has reported anything for 2m 05s\n"), std::string::npos)
      << text();
}

TEST_F(Reports, FitIntoTheTerminal) {
  write_status(std::nullopt);
  set_age(0);
  for (std::size_t const columns : {79u, 60u, 40u, 20u, 5u, 1u}) {
    for (std::size_t const rows : {24u, 10u, 4u, 2u, 1u}) {
      for (bool const unicode : {false, true}) {
        auto const lines = status_lines(look(), {columns, rows, unicode});
        EXPECT_LE(lines.size(), rows);
        for (std::string const& line : lines) EXPECT_LE(width_of(line), columns) << line;
        if (columns >= 20) {
          EXPECT_TRUE(std::any_of(lines.begin(), lines.end(),
                                  [](auto const& line) { return line.starts_with("ETA 5h"); }))
              << columns << " x " << rows;
        }
      }
    }
  }
}

TEST_F(Reports, AsJsonContainTheFileAndTheState) {
  write_status(RunState::finished);
  Json const json = status_json(look());
  EXPECT_EQ(json["format"], "moneta-status");
  EXPECT_EQ(json["state"], "finished");
  EXPECT_EQ(json["verdict"], "finished");
  EXPECT_LT(json["age_seconds"].get<double>(), 60);
  EXPECT_EQ(json["coins"].size(), 8u);
}

struct NotARunCase {
  char const* name;
  char const* path;
  char const* shown;
  char const* reason;
  friend void PrintTo(NotARunCase const& each, std::ostream* out) { *out << each.name; }
};

class NotARun : public Reports, public testing::WithParamInterface<NotARunCase> {};

TEST_P(NotARun, IsRejectedWithTheReasonAndASibling) {
  write_status(RunState::finished);
  fs::create_directories(folder_ / "empty");
  write_bytes(folder_ / "file", "");
  std::string const path = (folder_ / GetParam().path).string();
  try {
    make_status_report(path, system_clock_ms());
    FAIL() << "no error";
  } catch (Error const& error) {
    EXPECT_EQ(error.exit_status(), 3);
    std::string const shown = (folder_ / GetParam().shown).string();
    EXPECT_EQ(std::string(error.what()),
              fmt::format("there is no run in '{}' ({}). Name the folder of a run; there is {}?",
                          shown, GetParam().reason, run_.string()));
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, NotARun, testing::ValuesIn(std::vector<NotARunCase>{
    {"Missing", "nothing",  "nothing", "no such folder"},
    {"Slash",   "nothing/", "nothing", "no such folder"},
    {"File",    "file",     "file",    "it is not a folder"},
    {"Empty",   "empty",    "empty",   "it has no status.json, config.json, checkpoints or log"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

/// While it exists, this process has no access to a folder. If it runs as root, it changes its
/// user.
class ClosedFolder {
 public:
  explicit ClosedFolder(fs::path folder) : folder_(std::move(folder)) {
    fs::permissions(folder_, fs::perms::none);
    if (was_root_) is_nobody_ = ::seteuid(65534) == 0;
  }
  ClosedFolder(ClosedFolder const&) = delete;
  ClosedFolder& operator=(ClosedFolder const&) = delete;
  ~ClosedFolder() {
    if (is_nobody_ && ::seteuid(0) != 0) std::abort();
    fs::permissions(folder_, fs::perms::owner_all);
  }

 private:
  fs::path folder_;
  bool was_root_ = ::geteuid() == 0, is_nobody_ = false;
};

TEST_F(Reports, RequireAccessToTheFolder) {
  write_status(RunState::finished);
  fs::permissions(folder_.path(), fs::perms::all);
  ClosedFolder const closed(run_);
  expect_error(
      ErrorKind::data,
      fmt::format("cannot access '{}' (Permission denied). Does this user have permission?",
                  (run_ / "status.json").string()),
      [this] { look(); });
  expect_error(ErrorKind::data, "there is no run in",
               [this] { make_status_report(folder_ / "other", system_clock_ms()); });
}

TEST_F(Reports, IgnoreALogWithoutAccess) {
  write_bytes(run_ / "config.json", config_to_json(Config()).dump());
  fs::permissions(folder_.path(), fs::perms::all);
  fs::permissions(run_, fs::perms::all);
  ClosedFolder const closed(run_ / "log");
  StatusReport const report = look();
  EXPECT_EQ(report.status.coins.size(), 8u);
  EXPECT_EQ(report.notes, std::vector<std::string>{"unreadable lines or files of the logs: 1"});
}

TEST_F(Reports, AcceptATrailingSlash) {
  write_status(RunState::finished);
  EXPECT_EQ(make_status_report(run_.string() + "/", system_clock_ms()).state, RunState::finished);
}

}  // namespace
}  // namespace moneta
