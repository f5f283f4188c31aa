// SPDX-License-Identifier: Apache-2.0
#include "import/open_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "import/zip_bytes.h"
#include "io/line_writer.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

void write_gzip(std::filesystem::path const& path, std::string_view text) {
  LineWriter file(path, TextFormat::gzip);
  file.write(text);
  file.close();
}

TEST(SourceFile, IsOneTextPlainOrGzip) {
  ScratchFolder const folder;
  write_bytes(folder / "BTCUSDT.csv", "a,b\n");
  write_gzip(folder / "BTCUSDT-1m.json.gz", "[[1]]");
  write_gzip(folder / "no_ending", "gzip\n");
  struct Case {
    char const* file;
    char const* name;
    char const* text;
  };
  for (Case const& each : {Case{"BTCUSDT.csv", "BTCUSDT.csv", "a,b\n"},
                           Case{"BTCUSDT-1m.json.gz", "BTCUSDT-1m.json", "[[1]]"},
                           Case{"no_ending", "no_ending", "gzip\n"}}) {
    SourceFile const source(folder / each.file);
    ASSERT_EQ(source.texts().size(), 1u);
    EXPECT_EQ(source.texts()[0].shown, (folder / each.file).string());
    EXPECT_EQ(source.texts()[0].name, each.name);
    EXPECT_EQ(source.texts()[0].ignored, "");
    EXPECT_EQ(source.read(0), each.text);
  }
}

TEST(SourceFile, ListsAndReadsTheMembersOfAZip) {
  ScratchFolder const folder;
  write_bytes(folder / "a.zip", zip_bytes({{"a/BTCUSDT.csv", "btc"},
                                           {"a/", ""},
                                           {"LICENSE", "text"},
                                           {"__MACOSX/a.csv", "x"},
                                           {"b/.x.csv", "x"},
                                           {"in.csv.gz", "x"},
                                           {"b/ETH.JSON", "eth"}}));
  SourceFile const source(folder / "a.zip");
  std::string listed;
  for (SourceText const& each : source.texts()) {
    EXPECT_TRUE(each.shown.starts_with((folder / "a.zip: ").string())) << each.shown;
    listed += each.name + " [" + each.ignored + "]\n";
  }
  EXPECT_EQ(listed,
            "BTCUSDT.csv []\n"
            "LICENSE [no .csv, .json or .txt in the archive]\n"
            "a.csv [hidden]\n"
            ".x.csv [hidden]\n"
            "in.csv.gz [no .csv, .json or .txt in the archive]\n"
            "ETH.JSON []\n");
  EXPECT_EQ(source.read(0), "btc");
  EXPECT_EQ(source.read(5), "eth");
}

TEST(SourceFile, RecognizesAZipByItsContent) {
  ScratchFolder const folder;
  write_bytes(folder / "archive", zip_bytes({{"a.csv", "1"}}));
  EXPECT_EQ(SourceFile(folder / "archive").read(0), "1");
}

TEST(SourceFile, VerifiesTheChecksumBesideAZip) {
  ScratchFolder const folder;
  std::string const bytes = zip_bytes({{"a.csv", "1"}});
  write_bytes(folder / "a.zip", bytes);
  write_bytes(folder / "a.zip.CHECKSUM", digest_of(bytes) + "  a.zip\n");
  EXPECT_EQ(SourceFile(folder / "a.zip").read(0), "1");
  write_bytes(folder / "a.zip.CHECKSUM", digest_of("other") + "  a.zip\n");
  expect_error(ErrorKind::data,
               "a.zip' differs from its checksum (its SHA-256 is " + digest_of(bytes) +
                   ", and 'a.zip.CHECKSUM' has " + digest_of("other") + "). Download it again?",
               [&] { SourceFile source(folder / "a.zip"); });
  for (char const* const text : {"", "a.zip",
                                 "<html>404 not found, but this text is long enough "
                                 "to be a digest if nobody looks</html>"}) {
    write_bytes(folder / "a.zip.CHECKSUM", text);
    expect_error(ErrorKind::data, "a.zip.CHECKSUM' does not begin with a SHA-256 of 64 hexadecimal",
                 [&] { SourceFile source(folder / "a.zip"); });
  }
}

TEST(SourceFile, RejectsWhatIsNoFile) {
  ScratchFolder const folder;
  expect_error(ErrorKind::data, "there is no file '" + (folder / "none.csv").string() + "'. Is the",
               [&] { SourceFile source(folder / "none.csv"); });
  ::mkfifo((folder / "pipe.csv").c_str(), 0600);
  for (auto const& path : {folder.path(), folder / "pipe.csv"}) {
    expect_error(ErrorKind::data, "' is not a file that can be read. Is the path right?",
                 [&] { SourceFile source(path); });
  }
}

TEST(SourceFile, RejectsDamagedGzip) {
  ScratchFolder const folder;
  write_gzip(folder / "a.csv.gz", std::string(1000, 'x') + "\n");
  std::string const bytes = read_bytes(folder / "a.csv.gz");
  write_bytes(folder / "a.csv.gz", bytes.substr(0, bytes.size() - 4));
  expect_error(ErrorKind::data, "a.csv.gz' is truncated",
               [&] { SourceFile(folder / "a.csv.gz").read(0); });
  write_bytes(folder / "a.csv.gz", "text");
  expect_error(ErrorKind::data, "a.csv.gz' is not gzip",
               [&] { SourceFile(folder / "a.csv.gz").read(0); });
}

TEST(SourceFile, RejectsDamagedZip) {
  ScratchFolder const folder;
  auto const path = folder / "a.zip";
  std::string const bytes = zip_bytes({{"a.csv", "first"}, {"b.csv", "second"}});
  for (std::size_t const size :
       {std::size_t{0}, std::size_t{4}, bytes.size() / 2, bytes.size() - 1}) {
    write_bytes(path, bytes.substr(0, size));
    expect_error(ErrorKind::data, "a.zip' is not a complete zip archive (",
                 [&] { SourceFile source(path); });
  }
  std::string flipped = bytes;
  flipped[flipped.find("second")] = 'z';
  write_bytes(path, flipped);
  SourceFile const source(path);
  EXPECT_EQ(source.read(0), "first");
  expect_error(ErrorKind::data, "a.zip: b.csv' is damaged (zip: CRC error). Copy or download it",
               [&] { source.read(1); });
}

TEST(SourceFile, RejectsAZipThatCannotBeRead) {
  ScratchFolder const folder;
  auto const path = folder / "a.zip";
  write_bytes(path, zip_bytes({}));
  expect_error(ErrorKind::data, "a.zip' has no member that is a .csv, .json or .txt. Is it an arch",
               [&] { SourceFile source(path); });
  write_bytes(path, zip_bytes({{"a.xlsx", "x"}}));
  expect_error(ErrorKind::data, "has no member", [&] { SourceFile source(path); });
  write_bytes(path, zip_bytes({{"a.csv", "x", 1}}));
  expect_error(ErrorKind::data, "a.zip: a.csv' is encrypted. Unpack it with its password first?",
               [&] { SourceFile(path).read(0); });
  write_bytes(path, zip_bytes({{"a.csv", "x", 0, 97}}));
  expect_error(ErrorKind::data,
               "a.zip: a.csv' is damaged (zip: ", [&] { SourceFile(path).read(0); });
}

TEST(SourceFile, LimitsTheSizeOfATextAndReadsNoMore) {
  ScratchFolder const folder;
  std::string const text(3 << 20, 'x');
  write_bytes(folder / "a.csv", text);
  write_gzip(folder / "a.csv.gz", text);
  write_bytes(folder / "a.zip", zip_bytes({{"a.csv", text}}));
  for (char const* const name : {"a.csv", "a.csv.gz", "a.zip"}) {
    EXPECT_EQ(SourceFile(folder / name).read(0, text.size()).size(), text.size());
    expect_error(ErrorKind::data, "' contains more than 2.0 MiB (too much for one file). Split it?",
                 [&] { SourceFile(folder / name).read(0, 2 << 20); });
  }
}

TEST(SourceFile, ShowsNamesInUtf8WithoutControlCharacters) {
  ScratchFolder const folder;
  write_bytes(folder / "a.zip", zip_bytes({{"비트코인.csv", "x", 0x800}, {"\x1b[31m.csv", "y"}}));
  SourceFile const source(folder / "a.zip");
  EXPECT_EQ(source.texts()[0].name, "비트코인.csv");
  EXPECT_EQ(source.texts()[1].name.find('\x1b'), std::string::npos);
  EXPECT_EQ(source.read(1), "y");
  EXPECT_EQ(printable("a\nb\x7f"), "a?b?");
}

}  // namespace
}  // namespace moneta
