// SPDX-License-Identifier: Apache-2.0
#include "market/raw_file.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

TEST(ExistingRawFile, IsPlainOrCompressedOrMissing) {
  ScratchFolder const folder;
  EXPECT_EQ(existing_raw_file(folder.path(), "A"), std::nullopt);
  EXPECT_EQ(existing_raw_file(folder / "none", "A"), std::nullopt);
  write_bytes(folder / "A.csv", "");
  write_bytes(folder / "B.csv.gz", "");
  fs::create_symlink("A.csv", folder / "C.csv");
  EXPECT_EQ(existing_raw_file(folder.path(), "A"), folder / "A.csv");
  EXPECT_EQ(existing_raw_file(folder.path(), "B"), folder / "B.csv.gz");
  EXPECT_EQ(existing_raw_file(folder.path(), "C"), folder / "C.csv");
}

void make_socket(fs::path const& path) {
  int const file = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(file, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(file);
}

struct NoFileCase {
  char const* name;
  void (*make)(fs::path const& path);
  char const* message;

  friend void PrintTo(NoFileCase const& c, std::ostream* out) { *out << c.name; }
};

class NoFile : public testing::TestWithParam<NoFileCase> {};

TEST_P(NoFile, IsNamedWithoutBeingOpened) {
  for (std::string const name : {"A.csv", "A.csv.gz"}) {
    ScratchFolder const folder;
    GetParam().make(folder / name);
    expect_error(ErrorKind::data, "/" + name + "' is " + GetParam().message,
                 [&] { existing_raw_file(folder.path(), "A"); });
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, NoFile, testing::ValuesIn(std::vector<NoFileCase>{
    {"Folder", [](fs::path const& path) { fs::create_directory(path); },
     "a folder (a file with candles is needed). Move it away?"},
    {"Pipe", [](fs::path const& path) { ::mkfifo(path.c_str(), 0600); }, "a pipe"},
    {"Socket", make_socket, "a socket"},
    {"Device", [](fs::path const& path) { fs::create_symlink("/dev/null", path); }, "a device"},
    {"BrokenLink", [](fs::path const& path) { fs::create_symlink("gone/B.csv", path); },
     "a symbolic link to 'gone/B.csv' (which cannot be found). Correct the link, or delete it?"},
    {"LinkToItself", [](fs::path const& path) { fs::create_symlink(path.filename(), path); },
     "a symbolic link to 'A.csv"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(ExistingRawFile, RejectsTwoFilesOfOneCoin) {
  ScratchFolder const folder;
  write_bytes(folder / "A.csv", "");
  write_bytes(folder / "A.csv.gz", "");
  expect_error(ErrorKind::data,
               "has both A.csv and A.csv.gz (only one can have the candles of A). Move one of",
               [&] { existing_raw_file(folder.path(), "A"); });
}

}  // namespace
}  // namespace moneta
