// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_files.h"

#include <gtest/gtest.h>

#include "io/line_writer.h"
#include "support/expect_error.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

void write_gzip(fs::path const& path, std::string_view text) {
  LineWriter writer(path, TextFormat::gzip);
  writer.write(text);
  writer.close();
}

std::vector<std::string> names_of(std::vector<LogFile> const& files) {
  std::vector<std::string> names;
  for (LogFile const& file : files) names.push_back(file.path.filename());
  return names;
}

std::vector<std::string> lines_of(LogFile const& file) {
  std::vector<std::string> lines;
  read_log(file, [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

TEST(LogFileNamed, FindsDayNumberAndFormInTheName) {
  auto const file = log_file_named("some/epochs-2028-02-29.12.jsonl.gz", "epochs");
  ASSERT_TRUE(file);
  EXPECT_EQ(day_text(file->day), "2028-02-29");
  EXPECT_EQ(file->number, 12u);
  EXPECT_TRUE(file->compressed);
  EXPECT_EQ(plain_path(*file), "some/epochs-2028-02-29.12.jsonl");
  EXPECT_EQ(compressed_path(*file), "some/epochs-2028-02-29.12.jsonl.gz");
  EXPECT_EQ(log_file_name("epochs", file->day, 12), "epochs-2028-02-29.12.jsonl");
  EXPECT_EQ(log_file_name("epochs", file->day, 0), "epochs-2028-02-29.jsonl");
  EXPECT_FALSE(log_file_named("epochs-2026-11-25.jsonl", "epochs")->compressed);
}

class InvalidLogFileName : public testing::TestWithParam<char const*> {};

TEST_P(InvalidLogFileName, IsRejected) { EXPECT_FALSE(log_file_named(GetParam(), "epochs")); }

INSTANTIATE_TEST_SUITE_P(Names, InvalidLogFileName,
                         testing::Values("", "epochs", "epochs-", "epochs-2026-11-25",
                                         "epochs-2026-11-25.", "epochs-2026-11-25.json",
                                         "epochs-2026-11-25.jsonl.bak", "epochs-2026-11-25.jsonl~",
                                         "epochs-2026-11-25.jsonl.gz.tmp",
                                         "epochs-2026-11-25.jsonl.gz.gz", "epochs-2026-02-29.jsonl",
                                         "epochs-2026-13-01.jsonl", "epochs-2026-1-01.jsonl",
                                         "epochs-2026-11-25.0.jsonl", "epochs-2026-11-25.01.jsonl",
                                         "epochs-2026-11-25.-1.jsonl",
                                         "epochs-2026-11-25.1.1.jsonl", "epochs-2026-11-25..jsonl",
                                         "epochs-2026-11-25.x.jsonl",
                                         "epochs-2026-11-25.99999999999999999999.jsonl",
                                         "epochs--026-11-25.jsonl", "epochs-+026-11-25.jsonl",
                                         "epochs-2026-11-25.jsonl ", " epochs-2026-11-25.jsonl",
                                         "Epochs-2026-11-25.jsonl", "events-2026-11-25.jsonl",
                                         "epochs_2026-11-25.jsonl", "myepochs-2026-11-25.jsonl"));

TEST(LogFiles, AreOrderedByDayAndNumber) {
  FreshFolder const folder;
  for (char const* const name :
       {"epochs-2026-11-25.10.jsonl", "epochs-2026-11-25.2.jsonl", "epochs-2026-11-25.jsonl",
        "epochs-2026-11-24.3.jsonl.gz", "events-2026-11-25.jsonl", "epochs-2026-11-26.jsonl"}) {
    folder.write(name, "");
  }
  EXPECT_EQ(names_of(log_files(folder.path(), "epochs")),
            (std::vector<std::string>{"epochs-2026-11-24.3.jsonl.gz", "epochs-2026-11-25.jsonl",
                                      "epochs-2026-11-25.2.jsonl", "epochs-2026-11-25.10.jsonl",
                                      "epochs-2026-11-26.jsonl"}));
}

TEST(LogFiles, AreRegularFilesOnly) {
  FreshFolder const folder;
  folder.write("elsewhere", "");
  fs::create_symlink(folder / "elsewhere", folder / "epochs-2026-11-24.jsonl");
  fs::create_directory(folder / "epochs-2026-11-25.jsonl");
  EXPECT_TRUE(log_files(folder.path(), "epochs").empty());
}

TEST(LogFiles, AreListedOnceAsThePlainFormIfBothFormsExist) {
  FreshFolder const folder;
  folder.write("events-2026-11-25.jsonl", "whole\n");
  write_gzip(folder / "events-2026-11-25.jsonl.gz", "whole\n");
  auto const files = log_files(folder.path(), "events");
  EXPECT_EQ(names_of(files), std::vector<std::string>{"events-2026-11-25.jsonl"});
  EXPECT_EQ(lines_of(files.at(0)), std::vector<std::string>{"whole"});
}

TEST(LogFiles, AreNoneWithoutAFolder) {
  FreshFolder const folder;
  EXPECT_TRUE(log_files(folder / "none", "epochs").empty());
}

TEST(LogFiles, CannotBeListedIfTheFolderCannotBeRead) {
  FreshFolder const folder;
  folder.write("file", "");
  expect_error(ErrorKind::data, "/file' (Not a directory)",
               [&] { log_files(folder / "file", "epochs"); });
}

TEST(ReadLog, FindsAFileThatWasCompressedAfterItWasListed) {
  FreshFolder const folder;
  folder.write("events-2026-11-25.jsonl", "a\nb\nhalf");
  auto const files = log_files(folder.path(), "events");
  fs::remove(files.at(0).path);
  write_gzip(folder / "events-2026-11-25.jsonl.gz", "a\nb\nhalf");
  EXPECT_EQ(lines_of(files[0]), (std::vector<std::string>{"a", "b", "half"}));
  fs::remove(folder / "events-2026-11-25.jsonl.gz");
  EXPECT_TRUE(lines_of(files[0]).empty()) << "it was deleted after it was listed";
}

TEST(ReadLog, ThrowsForADamagedFile) {
  FreshFolder const folder;
  folder.write("events-2026-11-25.jsonl.gz", "\x1f\x8b!");
  expect_error(ErrorKind::data, "events-2026-11-25.jsonl.gz' is",
               [&] { lines_of(log_files(folder.path(), "events").at(0)); });
}

}  // namespace
}  // namespace moneta
