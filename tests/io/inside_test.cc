// SPDX-License-Identifier: Apache-2.0
#include "io/inside.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

struct NameCase {
  char const* name;
  std::string given;
  bool inside;

  friend void PrintTo(NameCase const& c, std::ostream* out) { *out << c.name; }
};

class NamesInside : public testing::TestWithParam<NameCase> {};

TEST_P(NamesInside, AreDistinguishedFromNamesOutside) {
  EXPECT_EQ(is_name_inside(GetParam().given), GetParam().inside);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, NamesInside, testing::ValuesIn(std::vector<NameCase>{
    {"File",          "a.h5",                   true},
    {"InAFolder",     "KRW-BTC/2025-01.h5",     true},
    {"DotsInAName",   "a..b/...c",              true},
    {"LongestPart",   std::string(255, 'x'),    true},
    {"Empty",         "",                       false},
    {"Root",          "/",                      false},
    {"Absolute",      "/etc/passwd",            false},
    {"TwoSlashes",    "//etc/passwd",           false},
    {"Above",         "..",                     false},
    {"Beside",        "../x",                   false},
    {"RoundAbout",    "a/../../b",              false},
    {"BackAgain",     "a/../b",                 false},
    {"AboveAtTheEnd", "a/..",                   false},
    {"Here",          "./a",                    false},
    {"EmptyPart",     "a//b",                   false},
    {"Folder",        "a/",                     false},
    {"Zero",          "a\0/../b"s,              false},
    {"LineEnd",       "a\nb",                   false},
    {"Escape",        "\x1b[2Ja",               false},
    {"NotAscii",      "\xff",                   false},
    {"LongPart",      std::string(256, 'x'),    false},
    {"LongName",      std::string(600, 'x').replace(200, 1, "/").replace(400, 1, "/") + "/" + std::string(600, 'y').replace(200, 1, "/").replace(400, 1, "/"), false},
}), [](auto const& each) { return each.param.name; });
// clang-format on

struct LinkCase {
  char const* name;
  char const* to;  ///< of the link "inner/link"
  bool inside;

  friend void PrintTo(LinkCase const& c, std::ostream* out) { *out << c.name; }
};

class LinksInside : public testing::TestWithParam<LinkCase> {};

TEST_P(LinksInside, AreAcceptedAndLinksOutsideRejected) {
  ScratchFolder const folder;
  fs::create_directories(folder / "inner/deep");
  fs::create_directories(folder / "inner.beside");
  for (char const* const file : {"inner/file", "inner/deep/file", "inner.beside/file", "file"}) {
    write_bytes(folder / file, "x");
  }
  fs::create_symlink(GetParam().to, folder / "inner/link");
  auto const check = [&] { require_inside(folder / "inner", folder / "inner/link"); };
  if (GetParam().inside) return check();
  expect_error(ErrorKind::data, "inner/link' leads out of the folder '", check);
  expect_error(ErrorKind::data, "Copy the file into it, or make the whole folder a link?", check);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, LinksInside, testing::ValuesIn(std::vector<LinkCase>{
    {"FileBeside",      "file",                 true},
    {"FileBelow",       "deep/file",            true},
    {"OutAndBack",      "../inner/file",        true},
    {"Nothing",         "nowhere",              true},
    {"Itself",          "link",                 true},
    {"FileAbove",       "../file",              false},
    {"FolderAbove",     "..",                   false},
    {"NameBeginsAlike", "../inner.beside/file", false},
    {"Absolute",        "/etc/passwd",          false},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(LinksInside, MayBeTheFolderItself) {
  ScratchFolder const folder;
  fs::create_directory(folder / "disk");
  write_bytes(folder / "disk/file", "x");
  fs::create_directory_symlink("disk", folder / "shards");
  EXPECT_NO_THROW(require_inside(folder / "shards", folder / "shards/file"));
}

}  // namespace
}  // namespace moneta
