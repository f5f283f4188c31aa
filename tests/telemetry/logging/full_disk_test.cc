// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>

#include "base/error.h"
#include "support/file_size_limit.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/run_log.h"

namespace moneta {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

class FullDisk : public testing::Test {
 protected:
  LogArchiveSettings settings() {
    LogArchiveSettings settings;
    settings.clock = [this] { return now_ms.load(); };
    settings.compress = false;
    return settings;
  }
  static EventRecord event(std::string const& message) {
    return {Severity::info, "model_saved", message, "KRW-BTC", 1, {{"bytes", 12}}};
  }
  /// Of the event log of a day.
  std::string name(std::int64_t time_ms) const {
    return "log/" + log_file_name("events", local_day(time_ms), 0);
  }

  FreshFolder folder;
  std::atomic<std::int64_t> now_ms = 1'617'233'400'250;
};

TEST_F(FullDisk, HoldsLinesUpAndTakesThemLater) {
  std::vector<std::string> told;
  auto const tell = [&](EventRecord const& record) { told.push_back(record.action); };
  {
    RunLog log(folder / "log", settings(), tell);
    now_ms += day_ms;
    {
      FileSizeLimit const full(1000);
      for (int i = 0; i < 3; ++i) {
        EXPECT_NO_THROW(log.write(event(fmt::format("held up {}{}", i, std::string(500, 'x')))));
      }
      EXPECT_EQ(told, std::vector<std::string>{"log_not_written"}) << "once";
    }
    log.write(event("at once"));
    EXPECT_EQ(log.lost_lines(), 0u);
    EXPECT_EQ(told.size(), 1u);
    FileSizeLimit const full(1000);
    log.write(event("again"));
    EXPECT_EQ(told.size(), 2u);
  }
  auto const lines = folder.lines(name(now_ms));
  ASSERT_EQ(lines.size(), 5u) << "whole lines, each once";
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(
        std::string(Json::parse(lines[i])["message"]).starts_with(fmt::format("held up {}", i)));
  }
  EXPECT_EQ(Json::parse(lines[3])["message"], "at once");
  EXPECT_EQ(Json::parse(lines[4])["message"], "again");
  EXPECT_EQ(log_files(folder / "log", "events").size(), 2u) << "no more files for it";
}

TEST_F(FullDisk, TakesLinesThatWaitAtTheEnd) {
  {
    RunLog log(folder / "log", settings());
    FileSizeLimit const full(0);
    log.write(event("held up"));
  }
  auto const lines = folder.lines(name(now_ms));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(Json::parse(lines[0])["message"], "held up");
  EXPECT_EQ(Json::parse(lines[1])["event.action"], "log_not_written");
}

TEST_F(FullDisk, LosesAndCountsLinesBeyondAMebibyte) {
  testing::internal::CaptureStderr();
  {
    RunLog log(folder / "log", settings(), [](EventRecord const&) {});
    FileSizeLimit const full(0);
    for (int i = 0; i < 3; ++i) log.write(event(std::string(600'000, 'x')));
    EXPECT_EQ(log.lost_lines(), 1u);
  }
  std::string const path = (folder / name(now_ms)).string();
  EXPECT_EQ(folder.lines(name(now_ms)).size(), 2u);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "moneta: warning: lines of the log '" + path + "' that were lost: 1\n");
}

TEST_F(FullDisk, IsLikeAFolderThatVanishes) {
  std::string told;
  {
    RunLog log(folder / "log", settings(),
               [&](EventRecord const& record) { told = record.message; });
    std::filesystem::remove_all(folder / "log");
    EXPECT_NO_THROW(log.write(event("held up")));
    std::filesystem::create_directories(folder / "log");
    log.write(event("at once"));
    EXPECT_EQ(log.lost_lines(), 0u);
  }
  EXPECT_EQ(folder.lines(name(now_ms)).size(), 2u);
  EXPECT_NE(told.find("No such file or directory"), std::string::npos) << told;
}

}  // namespace
}  // namespace moneta
