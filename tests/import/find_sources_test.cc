// SPDX-License-Identifier: Apache-2.0
#include "import/find_sources.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// The files, and those ignored with their reasons, relative to the folder.
std::string listed(FoundSources const& found, ScratchFolder const& folder) {
  std::string text;
  auto const relative = [&](fs::path const& path) {
    return path.lexically_relative(folder.path()).string();
  };
  for (fs::path const& file : found.files) text += relative(file) + "\n";
  for (IgnoredFile const& each : found.ignored) {
    text += relative(each.file) + ": " + each.reason + "\n";
  }
  return text;
}

TEST(FindSources, TakesFilesAsGivenAndSearchesFolders) {
  ScratchFolder const folder;
  for (char const* const path : {"b/2021", "b/raw", ".git"}) fs::create_directories(folder / path);
  for (char const* const file :
       {"b/2.csv", "b/10.CSV", "b/2021/x.zip", "b/2021/x.zip.CHECKSUM", "b/a.json", "b/c.csv.gz",
        "b/.DS_Store", "b/README.md", "b/d.parquet", "b/d.feather", "b/A.source.json",
        "b/synthetic.json", "b/raw/A.csv.gz", "data.txt"}) {
    write_bytes(folder / file, "");
  }
  ::mkfifo((folder / "b/pipe.csv").c_str(), 0600);
  fs::create_symlink(folder.path(), folder / "b/circle.csv");
  fs::create_symlink("none", folder / "b/gone.csv");
  EXPECT_EQ(listed(find_sources({folder / "data.txt", folder / "none.csv", folder / "b"},
                                folder / "b/raw/"),
                   folder),
            "data.txt\n"
            "none.csv\n"
            "b/10.CSV\n"
            "b/2.csv\n"
            "b/2021/x.zip\n"
            "b/a.json\n"
            "b/c.csv.gz\n"
            "b/.DS_Store: hidden\n"
            "b/2021/x.zip.CHECKSUM: the checksum of an archive\n"
            "b/A.source.json: a description, no candles\n"
            "b/README.md: no .csv, .json, .gz or .zip\n"
            "b/circle.csv: not a file\n"
            "b/d.feather: to be converted to CSV first, see data/README.md\n"
            "b/d.parquet: to be converted to CSV first, see data/README.md\n"
            "b/gone.csv: not a file\n"
            "b/pipe.csv: not a file\n"
            "b/raw: the folder that candles are written to\n"
            "b/synthetic.json: a description, no candles\n");
}

TEST(FindSources, RejectsAFolderWithoutSources) {
  ScratchFolder const folder;
  write_bytes(folder / "README.md", "");
  expect_error(ErrorKind::data,
               "the folder '" + folder.path().string() + "' contains no file to import (no .csv,",
               [&] { find_sources({folder.path()}, folder / "raw"); });
}

TEST(FindSources, RejectsAFolderThatCannotBeListed) {
  ScratchFolder const folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0333), 0);
  pid_t const child = ::fork();
  if (child == 0) {
    // Root could list it.
    if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    expect_error(ErrorKind::data, "' cannot be listed (Permission denied). May this user read it?",
                 [&] { find_sources({folder.path()}, "raw"); });
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ::chmod(folder.path().c_str(), 0755);
}

}  // namespace
}  // namespace moneta
