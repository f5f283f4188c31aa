// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/progress.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <limits>

#include "base/error.h"
#include "telemetry/display/eight_coins.h"
#include "telemetry/display/pseudo_terminal.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

class LocaleTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("LC_ALL", "C.UTF-8", 1);
    ::setenv("TERM", "xterm", 1);
  }
  void TearDown() override { ::unsetenv("LC_ALL"); }

  double now_s = 100;
};

EventRecord event(Severity severity, Event event, std::string const& message,
                  std::string const& coin = "") {
  return {.severity = severity, .event = event, .message = message, .coin = coin};
}

using ProgressTerminal = LocaleTest;
using ProgressLines = LocaleTest;

TEST_F(ProgressTerminal, ShowsABarPerCoinAndTheEtaOfTheRun) {
  PseudoTerminal terminal(110, 24);
  {
    auto progress = fed_progress(terminal.out(), eight, 200, ProgressStyle::bars, now_s);
    feed(progress, now_s);
  }
  auto const lines = Screen(110, 24, terminal.finish()).lines();
  ASSERT_EQ(lines.size(), 9u);
  EXPECT_EQ(lines[0],
            "KRW-BTC  ▏                         1/200  50% train 0.8000   valid 0.8543   best "
            "0.8543 (1)       1,250 seq/s");
  EXPECT_EQ(lines[5],
            "KRW-DOGE                           1/200 wait train 0.8123   valid 0.8543   best "
            "0.8543 (1)       1,234 seq/s");
  // 8 coins x 199 epochs x 12 s, less half an epoch
  EXPECT_EQ(lines[8], "ETA 5h 18m  elapsed 33s  8 of 1,600 epochs");
}

TEST_F(ProgressTerminal, NarrowWindowKeepsTheMostImportantFields) {
  PseudoTerminal terminal(40, 24);
  {
    auto progress = fed_progress(terminal.out(), eight, 200, ProgressStyle::bars, now_s);
    feed(progress, now_s);
  }
  auto const lines = Screen(40, 24, terminal.finish()).lines();
  ASSERT_EQ(lines.size(), 9u);
  EXPECT_EQ(lines[0], "KRW-BTC  ▏                   1/200  50%");
  EXPECT_EQ(lines[8], "ETA 5h 18m  elapsed 33s");
}

TEST_F(ProgressTerminal, ShowsReadingsWithTheNextRedraw) {
  PseudoTerminal terminal(80, 24);
  {
    auto progress = fed_progress(terminal.out(), {"A"}, 10, ProgressStyle::bars, now_s);
    progress.on(DeviceSample{1, reading(70)});
    progress.on(DeviceSample{0, Json::object()});
    now_s += 1;
    progress.on(ProgressTick{"A", 0, 1, 0.5, 0.8, 1250});
    now_s += 1;
    progress.on(DeviceSample{1, Json::object()});
  }
  std::string const bytes = terminal.finish();
  EXPECT_NE(bytes.find("rank 1: 70 C 310/345 W 98 %"), std::string::npos);
  auto const lines = Screen(80, 24, bytes).lines();
  ASSERT_EQ(lines.size(), 2u);  // the last reading is empty
}

TEST_F(ProgressTerminal, SumsUpCoinsThatDoNotFitBelowTheRunningOnes) {
  std::vector<std::string> coins;
  for (int i = 0; i < 200; ++i) coins.push_back(fmt::format("COIN-{}", i));
  PseudoTerminal terminal(80, 6);
  {
    auto progress = fed_progress(terminal.out(), coins, 10, ProgressStyle::bars, now_s);
    progress.on(epoch("COIN-3", 10, 10));
    progress.on(event(Severity::error, Event::coin_failed, "lost", "COIN-4"));
    now_s += 1;
    progress.on(ProgressTick{"COIN-150", 0, 1, 0.5, 0.8, 1250});
    now_s += 1;
    progress.on(ProgressTick{"COIN-170", 1, 1, 0.5, 0.8, 1250});
  }
  auto const lines = Screen(80, 6, terminal.finish()).lines();
  ASSERT_EQ(lines.size(), 6u);  // the event and five of the picture
  EXPECT_EQ(lines[0], "error COIN-4: lost");
  EXPECT_TRUE(lines[1].starts_with("COIN-150")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("COIN-170")) << lines[2];
  EXPECT_TRUE(lines[3].starts_with("COIN-0")) << lines[3];
  EXPECT_EQ(lines[4], "... 197 more coins: 195 waiting, 1 done, 1 failed");
}

TEST_F(ProgressTerminal, LeavesEventsAboveTheBars) {
  PseudoTerminal terminal(80, 24);
  {
    auto progress = fed_progress(terminal.out(), {"A", "B"}, 10, ProgressStyle::bars, now_s);
    now_s += 1;
    progress.on(ProgressTick{"A", 0, 1, 0.5, 0.8, 1250});
    progress.on(event(Severity::warning, Event::slow, "A is\nslow \x1b[2J", "A"));
    progress.on(event(Severity::info, Event::model_saved, "saved", "A"));
    progress.on(event(Severity::error, Event::save_failed, std::string(100, 'x')));
    now_s += 1;
    progress.on(ProgressTick{"A", 0, 1, 0.6, 0.8, 1250});
  }
  auto const lines = Screen(80, 24, terminal.finish()).lines();
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "warning A: A is slow  [2J");
  EXPECT_EQ(lines[1] + lines[2], "error: " + std::string(100, 'x'));  // wrapped, not cut
  EXPECT_TRUE(lines[3].starts_with("A "));
  EXPECT_TRUE(lines[4].starts_with("B "));
  EXPECT_TRUE(lines[5].starts_with("ETA "));
}

TEST_F(ProgressTerminal, IsRedrawnFiveTimesASecondAtMost) {
  PseudoTerminal terminal(80, 24);
  {
    auto progress = fed_progress(terminal.out(), {"A"}, 10, ProgressStyle::bars, now_s);
    for (int i = 0; i < 1000; ++i) {
      now_s += 0.002;  // two seconds in all
      progress.on(ProgressTick{"A", 0, 1, i / 1000.0, 0.8, 1250});
    }
    progress.on(epoch("A", 1, 10));
  }
  std::string const& bytes = terminal.finish();
  std::size_t redraws = 0;
  for (std::size_t at = 0; (at = bytes.find("ETA", at)) != std::string::npos; ++at) ++redraws;
  EXPECT_GE(redraws, 9u);
  EXPECT_LE(redraws, 12u);
  // The final state is drawn in any case.
  EXPECT_NE(Screen(80, 24, bytes).lines()[0].find("1/10 wait"), std::string::npos);
}

TEST_F(ProgressTerminal, FollowsTheWidthOfTheWindow) {
  PseudoTerminal terminal(100, 24);
  auto progress = fed_progress(terminal.out(), {"A"}, 10, ProgressStyle::bars, now_s);
  now_s += 1;
  progress.on(ProgressTick{"A", 0, 1, 0.5, 0.8, 1250});
  terminal.resize(50, 24);
  now_s += 1;
  progress.on(ProgressTick{"A", 0, 1, 0.6, 0.8, 1250});
  progress.sink.close({});
  std::string const& bytes = terminal.finish();
  std::size_t const up = bytes.find("\x1b[3A");  // two lines, one of which wraps by now
  ASSERT_NE(up, std::string::npos);
  std::string const second = bytes.substr(up + 4);
  EXPECT_LT(second.find("\x1b[K"), 50u + 40 * 2);
  EXPECT_EQ(Screen(50, 24, second).folded_lines(), 0u);
}

TEST_F(ProgressTerminal, WithoutControlSequencesGetsLines) {
  ::setenv("TERM", "dumb", 1);
  PseudoTerminal terminal(80, 24);
  fed_progress(terminal.out(), {"A"}, 10, ProgressStyle::bars, now_s).on(epoch("A", 1, 10));
  EXPECT_TRUE(terminal.finish().starts_with("epoch  1/10  A  train"));
}

TEST_F(ProgressLines, AreOnePerEpochAndEventForTheTerminal) {
  FreshFolder folder;
  std::FILE* const file = std::fopen((folder / "out").c_str(), "w");
  {
    auto progress = fed_progress(file, eight, 200, ProgressStyle::lines, now_s);
    progress.on(event(Severity::info, Event::resumed, "resumes after epoch 2", "KRW-BTC"));
    progress.on(ProgressTick{"KRW-BTC", 0, 3, 0.5, 0.8, 1250});
    progress.on(epoch("KRW-BTC", 3));
    EpochRecord diverged = epoch("KRW-DOGE", 200);
    diverged.train_loss = std::numeric_limits<double>::quiet_NaN();
    progress.on(diverged);
    progress.on(event(Severity::info, Event::model_saved, "saved a file", "KRW-BTC"));
    progress.on(event(Severity::warning, Event::slow, "slower than before", "KRW-BTC"));
    progress.on(event(Severity::error, Event::index_not_written, "disk full"));
    progress.on(event(Severity::info, Event::run_started, "8 coins, 2 ranks"));
    progress.on(event(Severity::info, Event::run_finished, "not meant for the terminal"));
  }
  std::fclose(file);
  EXPECT_EQ(folder.read("out"),
            "KRW-BTC: resumes after epoch 2\n"
            "epoch   3/200  KRW-BTC   train 0.8123  valid 0.8543  best 0.8543 (3)  1,234 seq/s  "
            "12s  eta 5h 19m\n"
            "epoch 200/200  KRW-DOGE  train -  valid 0.8543  best 0.8543 (200)  1,234 seq/s  "
            "12s  eta 4h 39m\n"
            "warning KRW-BTC: slower than before\n"
            "error: disk full\n"
            "8 coins, 2 ranks\n");
}

/// What `progress` prints on standard error, and whether its output contains it as well, when a
/// rank fails after an epoch.
struct ShownErrors {
  std::string errors;
  bool also_in_output;
};

template <class Output>
ShownErrors show_failure(Output& output, ProgressStyle style, double& now_s, bool of_all_ranks) {
  testing::internal::CaptureStderr();
  {
    auto progress = fed_progress(output.out(), {"A"}, 10, style, now_s);
    progress.on(epoch("A", 1, 10));
    EventRecord failure = event(Severity::error, Event::run_failed, "rank 1: no memory");
    if (of_all_ranks) failure.details["all_ranks"] = true;
    progress.on(failure);
    progress.on(event(Severity::error, Event::run_finished, "the run ended with status 5"));
    progress.sink.close({.exit_status = 5});
  }
  std::string const errors = testing::internal::GetCapturedStderr();
  return {errors, output.finish().find("no memory") != std::string::npos};
}

/// Lines in a file, with the functions of PseudoTerminal.
class LineFile {
 public:
  std::FILE* out() const { return file_; }
  std::string finish() {
    std::fclose(file_);
    return folder_.read("out");
  }

 private:
  FreshFolder folder_;
  std::FILE* const file_ = std::fopen((folder_ / "out").c_str(), "w");
};

constexpr char const* reason_and_end =
    "moneta: error: rank 1: no memory\nmoneta: error: the run ended with status 5\n";

TEST_F(ProgressLines, GoToStandardErrorIfTheyEndTheRun) {
  LineFile file;
  ShownErrors const shown = show_failure(file, ProgressStyle::lines, now_s, false);
  EXPECT_EQ(shown.errors, reason_and_end);
  EXPECT_FALSE(shown.also_in_output);
  LineFile of_all_ranks;
  EXPECT_EQ(show_failure(of_all_ranks, ProgressStyle::lines, now_s, true).errors, "");
}

TEST_F(ProgressTerminal, ShowsTheErrorsThatEndTheRunBelowTheBars) {
  PseudoTerminal terminal(80, 24);
  ShownErrors const shown = show_failure(terminal, ProgressStyle::bars, now_s, false);
  EXPECT_EQ(shown.errors, reason_and_end);
  EXPECT_FALSE(shown.also_in_output);
  PseudoTerminal of_all_ranks(80, 24);
  EXPECT_EQ(show_failure(of_all_ranks, ProgressStyle::bars, now_s, true).errors, "");
}

TEST_F(ProgressLines, AreNoneForReadingsAndTicks) {
  FreshFolder folder;
  std::FILE* const file = std::fopen((folder / "out").c_str(), "w");
  {
    auto progress = fed_progress(file, {"A"}, 10, ProgressStyle::lines, now_s);
    progress.on(DeviceSample{0, reading(70)});
    progress.on(ProgressTick{"A", 0, 1, 0.5, 0.8, 1250});
  }
  std::fclose(file);
  EXPECT_EQ(folder.read("out"), "");
}

TEST_F(ProgressTerminal, ThatIsAFileHasTheDefaultSize) {
  FreshFolder folder;
  std::FILE* const file = std::fopen((folder / "out").c_str(), "w");
  {
    RunView view({"A"}, 10, steady_clock_s());
    Progress progress(file, view, ProgressStyle::bars);
    view.on(epoch("A", 1, 10));
    progress.on(epoch("A", 1, 10));
  }
  std::fclose(file);
  std::string const text = folder.read("out");
  EXPECT_TRUE(text.starts_with("\rA ")) << text;
  EXPECT_NE(text.find("\nETA 1m 48s"), std::string::npos) << text;
}

}  // namespace
}  // namespace moneta
