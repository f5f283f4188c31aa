// SPDX-License-Identifier: Apache-2.0
#include "io/commit_file.h"
#include "io/file.h"

#include <gtest/gtest.h>

#include <array>

#include "base/digest.h"
#include "io/file.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

std::span<std::byte const> bytes_of(std::string const& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::size_t files_in(fs::path const& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(CommitFile, ReplacesTheFileOnlyWhenTheNewOneIsWhole) {
  ScratchFolder const folder;
  commit_text(folder / "a", "old");
  commit_file(folder / "a", [&](fs::path const& temporary) {
    EXPECT_EQ(temporary, (folder / "a").string() + ".tmp");
    write_bytes(temporary, "new");
    EXPECT_EQ(read_bytes(folder / "a"), "old");
  });
  EXPECT_EQ(read_bytes(folder / "a"), "new");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(CommitFile, KeepsTheOldFileWhenTheWriterThrows) {
  ScratchFolder const folder;
  commit_text(folder / "a", "old");
  EXPECT_THROW(commit_file(folder / "a",
                           [](fs::path const& temporary) {
                             write_bytes(temporary, "half");
                             throw std::out_of_range("by the writer");
                           }),
               std::out_of_range);
  EXPECT_EQ(read_bytes(folder / "a"), "old");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(CommitFile, RemovesTheTemporaryOfAnInterruptedRun) {
  ScratchFolder const folder;
  commit_text(folder / "other", "untouched");
  fs::create_symlink(folder / "other", folder / "a.tmp");
  commit_text(folder / "a", "new");
  EXPECT_EQ(read_bytes(folder / "a"), "new");
  EXPECT_FALSE(fs::is_symlink(folder / "a"));
  EXPECT_EQ(read_bytes(folder / "other"), "untouched");
}

TEST(CommitFile, FailsWhenTheWriterLeavesNoFile) {
  ScratchFolder const folder;
  expect_error(ErrorKind::disk, "(No such file or directory). Does the folder exist?",
               [&] { commit_file(folder / "a", [](fs::path const&) {}); });
}

TEST(CommitFile, WorksInTheCurrentFolder) {
  ScratchFolder const folder;
  fs::path const before = fs::current_path();
  fs::current_path(folder.path());
  commit_text("a", "text");
  fs::current_path(before);
  EXPECT_EQ(read_bytes(folder / "a"), "text");
}

TEST(CommitBytes, WritesAllPiecesAndReturnsTheirDigest) {
  ScratchFolder const folder;
  std::string const large(20'000'001, 'x');  // more than one step of writing
  std::string const small = "small";
  std::array const pieces = {bytes_of(small), bytes_of(large), bytes_of(""), bytes_of(small)};
  std::string const digest = commit_bytes_verified(folder / "a", pieces);
  EXPECT_EQ(digest, digest_of(small + large + small));
  EXPECT_TRUE(read_bytes(folder / "a") == small + large + small);
}

TEST(CommitBytes, NoticesThatTheDiskReturnsOtherBytes) {
  ScratchFolder const folder;
  write_bytes(folder / "a.tmp", "other bytes");
  expect_error(ErrorKind::disk, "a' (the bytes read back differ from those written)",
               [&] { check_read_back(folder / "a.tmp", digest_of("meant"), folder / "a"); });
  expect_error(ErrorKind::disk, "cannot read back '",
               [&] { check_read_back(folder / "gone", digest_of("meant"), folder / "a"); });
}

struct FailureCase {
  char const* name;
  char const* path;  ///< below a folder with: "file" (a file), "folder/x"
  char const* message;

  friend void PrintTo(FailureCase const& c, std::ostream* out) { *out << c.name; }
};

class WritingFails : public testing::TestWithParam<FailureCase> {};

TEST_P(WritingFails, WithAMessageAndLeavesNoFile) {
  ScratchFolder const folder;
  write_bytes(folder / "file", "text");
  fs::create_directories(folder / "folder/x");
  fs::path const path = folder / GetParam().path;
  std::string const message =
      fmt::format("cannot write '{}' {}", path.string(), GetParam().message);
  std::string const text = "text";
  std::array const pieces = {bytes_of(text)};
  expect_error(ErrorKind::disk, message, [&] { commit_text(path, text); });
  expect_error(ErrorKind::disk, message, [&] { commit_bytes_verified(path, pieces); });
  EXPECT_EQ(files_in(folder.path()), 2u);
  EXPECT_EQ(files_in(folder / "folder"), 1u);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, WritingFails, testing::ValuesIn(std::vector<FailureCase>{
    {"WithoutAFolder",  "missing/a", "(No such file or directory). Does the folder exist?"},
    {"BelowAFile",      "file/a",    "(Not a directory). Does the folder exist?"},
    {"OverAFolder",     "folder",    "(Is a directory). Is the disk in order?"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(WritingFailsHalfWay, AndLeavesTheOldFile) {
  ScratchFolder const folder;
  fs::path const path = folder / "a";
  commit_text(path, "old");
  std::string const large(100'000, 'x');
  std::array const pieces = {bytes_of(large)};
  {
    FileSizeLimit const limit(50'000);
    std::string const message =
        fmt::format("cannot write '{}' (File too large). Is there", path.string());
    expect_error(ErrorKind::disk, message, [&] { commit_text(path, large); });
    expect_error(ErrorKind::disk, message, [&] { commit_bytes_verified(path, pieces); });
  }
  EXPECT_EQ(read_bytes(path), "old");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(WritingFailsHalfWay, OnAFullDisk) {
  ScratchFolder const folder;
  expect_error(ErrorKind::disk, "(No space left on device). Free space on that disk?", [&] {
    commit_file(folder / "a", [](fs::path const& temporary) {
      fs::create_symlink("/dev/full", temporary);
      write_file(temporary, "text", temporary);
    });
  });
  EXPECT_EQ(files_in(folder.path()), 0u);
}

TEST(CommitFile, KeepsTheOldFileWhenTheCheckThrows) {
  ScratchFolder const folder;
  commit_text(folder / "a", "old");
  EXPECT_THROW(commit_file(
                   folder / "a", [](fs::path const& temporary) { write_bytes(temporary, "new"); },
                   [](fs::path const& temporary) {
                     EXPECT_EQ(read_bytes(temporary), "new");
                     throw std::out_of_range("by the check");
                   }),
               std::out_of_range);
  EXPECT_EQ(read_bytes(folder / "a"), "old");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(CommitCopy, CopiesTheBytesAndReturnsTheirDigest) {
  ScratchFolder const folder;
  std::string const text(300'000, 'x');
  write_bytes(folder / "a", text);
  EXPECT_EQ(commit_copy(folder / "a", folder / "b"), digest_of(text));
  EXPECT_EQ(read_bytes(folder / "b"), text);
  EXPECT_EQ(files_in(folder.path()), 2u);
}

TEST(CommitCopy, NamesTheFileThatCannotBeReadOrWritten) {
  ScratchFolder const folder;
  write_bytes(folder / "a", std::string(300'000, 'x'));
  expect_error(ErrorKind::data, "none' (No such file or directory)",
               [&] { commit_copy(folder / "none", folder / "b"); });
  fs::create_directory(folder / "folder");
  expect_error(ErrorKind::data, "folder' (Is a directory)",
               [&] { commit_copy(folder / "folder", folder / "b"); });
  FileSizeLimit const full(200'000);
  expect_error(ErrorKind::disk, "b' (File too large)",
               [&] { commit_copy(folder / "a", folder / "b"); });
  EXPECT_EQ(files_in(folder.path()), 2u);
}

}  // namespace
}  // namespace moneta
