// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "support/file_size_limit.h"
#include "telemetry/logging/log_archive_fixture.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/run_log.h"

namespace moneta {
namespace {

class FullDisk : public LogArchiveTest {
 protected:
  /// The name of the first event log of the current day.
  std::string file_of_today() const {
    return "log/" + log_file_name("events", local_day(now_ms), 0);
  }
};

TEST_F(FullDisk, DelaysLinesAndReportsItOnce) {
  {
    RunLog log(folder / "log", without_compression(), reporter());
    now_ms += 24 * hour_ms;
    {
      FileSizeLimit const full(1000);
      for (int i = 0; i < 3; ++i) {
        EXPECT_NO_THROW(log.on(event(fmt::format("delayed {}{}", i, std::string(500, 'x')))));
      }
      ASSERT_EQ(events.size(), 1u);
      EXPECT_EQ(events[0].event, Event::log_not_written);
    }
    log.on(event("at once"));
    EXPECT_EQ(log.lost_lines(), 0u);
    EXPECT_EQ(events.size(), 1u);
    FileSizeLimit const full(1000);
    log.on(event("again"));
    EXPECT_EQ(events.size(), 2u);
  }
  auto const lines = folder.lines(file_of_today());
  ASSERT_EQ(lines.size(), 5u) << "complete lines, each once";
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(
        std::string(Json::parse(lines[i])["message"]).starts_with(fmt::format("delayed {}", i)));
  }
  EXPECT_EQ(Json::parse(lines[3])["message"], "at once");
  EXPECT_EQ(Json::parse(lines[4])["message"], "again");
  EXPECT_EQ(log_files(folder / "log", "events").size(), 2u) << "no additional files";
}

TEST_F(FullDisk, DelaysLinesUntilTheLogIsDestroyed) {
  {
    RunLog log(folder / "log", without_compression());
    FileSizeLimit const full(0);
    log.on(event("delayed"));
  }
  auto const lines = folder.lines(file_of_today());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(Json::parse(lines[0])["message"], "delayed");
  EXPECT_EQ(Json::parse(lines[1])["event.action"], "log_not_written");
}

TEST_F(FullDisk, LosesAndCountsLinesBeyondOneMebibyte) {
  testing::internal::CaptureStderr();
  {
    RunLog log(folder / "log", without_compression(), reporter());
    FileSizeLimit const full(0);
    for (int i = 0; i < 3; ++i) log.on(event(std::string(600'000, 'x')));
    EXPECT_EQ(log.lost_lines(), 1u);
  }
  std::string const path = (folder / file_of_today()).string();
  EXPECT_EQ(folder.lines(file_of_today()).size(), 2u);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "moneta: warning: the log '" + path + "' lost lines: 1\n");
}

TEST_F(FullDisk, IsHandledLikeAFolderThatWasDeleted) {
  {
    RunLog log(folder / "log", without_compression(), reporter());
    std::filesystem::remove_all(folder / "log");
    EXPECT_NO_THROW(log.on(event("delayed")));
    std::filesystem::create_directories(folder / "log");
    log.on(event("at once"));
    EXPECT_EQ(log.lost_lines(), 0u);
  }
  EXPECT_EQ(folder.lines(file_of_today()).size(), 2u);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_NE(events[0].message.find("No such file or directory"), std::string::npos)
      << events[0].message;
}

}  // namespace
}  // namespace moneta
