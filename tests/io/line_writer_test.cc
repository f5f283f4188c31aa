// SPDX-License-Identifier: Apache-2.0
#include "io/line_writer.h"

#include <gtest/gtest.h>

#include "io/text_reader.h"
#include "support/error_text.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

void write_text(std::filesystem::path const& path, TextFormat format, std::string_view text) {
  LineWriter writer(path, format);
  writer.write(text);
  writer.close();
}

TEST(LineWriter, WritesPlainTextUnchanged) {
  ScratchFolder const folder;
  write_text(folder / "a.csv", TextFormat::plain, "a\r\nb");
  EXPECT_EQ(read_bytes(folder / "a.csv"), "a\r\nb");
}

TEST(LineWriter, WritesEqualGzipFilesForEqualTexts) {
  ScratchFolder const folder;
  std::string const text(100'000, 'x');
  write_text(folder / "a.gz", TextFormat::gzip, text);
  write_text(folder / "b.gz", TextFormat::gzip, text);
  EXPECT_EQ(read_bytes(folder / "a.gz"), read_bytes(folder / "b.gz"));
  EXPECT_LT(read_bytes(folder / "a.gz").size(), text.size() / 50);
}

TEST(LineWriter, ContinuesACopy) {
  for (TextFormat const format : {TextFormat::plain, TextFormat::gzip, TextFormat::smallest_gzip}) {
    ScratchFolder const folder;
    std::string const one(300'000, '1');
    write_text(folder / "one", format, one);
    LineWriter writer(folder / "both", format, folder / "one");
    writer.write("two\n");
    writer.close();
    std::string const begin = read_bytes(folder / "one");
    EXPECT_EQ(read_bytes(folder / "both").substr(0, begin.size()), begin);
    write_text(folder / "text", TextFormat::plain, one + "two\n");
    EXPECT_EQ(digest_of_text(folder / "both"), digest_of_text(folder / "text"));
  }
}

TEST(LineWriter, NamesTheFileThatCannotBeCopied) {
  ScratchFolder const folder;
  std::string const unreadable = error_text(
      ErrorKind::data, [&] { LineWriter writer(folder / "a", TextFormat::gzip, folder / "none"); });
  EXPECT_NE(unreadable.find("/none' (No such file or directory)"), std::string::npos) << unreadable;
  EXPECT_NE(error_text(ErrorKind::data,
                       [&] { LineWriter writer(folder / "a", TextFormat::gzip, folder.path()); })
                .find("(Is a directory)"),
            std::string::npos);
  write_bytes(folder / "one", "1");
  for (char const* const to : {"none/a", "full"}) {
    if (std::string_view(to) == "full") {
      std::filesystem::create_symlink("/dev/full", folder / to);
    }
    std::string const text = error_text(
        ErrorKind::disk, [&] { LineWriter writer(folder / to, TextFormat::gzip, folder / "one"); });
    EXPECT_NE(text.find(to), std::string::npos) << text;
  }
}

TEST(LineWriter, CompressesNumbersBetterWithSmallestGzip) {
  ScratchFolder const folder;
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "{\"loss\":0." + std::to_string(i * 7919 % 10007) + ",\"epoch\":" + std::to_string(i) +
            "}\n";
  }
  write_text(folder / "fast.gz", TextFormat::gzip, text);
  write_text(folder / "small.gz", TextFormat::smallest_gzip, text);
  EXPECT_LT(read_bytes(folder / "small.gz").size(), read_bytes(folder / "fast.gz").size());
  EXPECT_EQ(digest_of_text(folder / "small.gz"), digest_of_text(folder / "fast.gz"));
}

TEST(LineWriter, NoticesAFullDiskPlainAndCompressed) {
  for (TextFormat const format : {TextFormat::plain, TextFormat::gzip}) {
    std::string const text =
        error_text(ErrorKind::disk, [&] { write_text("/dev/full", format, "a\n"); });
    EXPECT_NE(text.find("'/dev/full' (No space left on device)"), std::string::npos) << text;
  }
}

TEST(LineWriter, NamesTheFileThatCannotBeCreated) {
  ScratchFolder const folder;
  std::string const text = error_text(
      ErrorKind::disk, [&] { LineWriter writer(folder / "none/a.csv", TextFormat::plain); });
  EXPECT_NE(text.find("none/a.csv' (No such file or directory)"), std::string::npos) << text;
}

TEST(LineWriter, RejectsCallsAfterClose) {
  ScratchFolder const folder;
  LineWriter writer(folder / "a.csv", TextFormat::plain);
  writer.close();
  EXPECT_NE(error_text(ErrorKind::internal, [&] { writer.write("a"); }).find("is already closed"),
            std::string::npos);
  EXPECT_NE(error_text(ErrorKind::internal, [&] { writer.close(); }).find("is already closed"),
            std::string::npos);
}

}  // namespace
}  // namespace moneta
