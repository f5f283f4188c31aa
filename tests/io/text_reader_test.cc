// SPDX-License-Identifier: Apache-2.0
#include "io/text_reader.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "io/line_writer.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

class TextReaderTest : public testing::Test {
 protected:
  TextReaderTest() {
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + (i % 3 ? "\n" : "\r\n");
    text += "no line end";
    write_bytes(folder / "plain", text);
    LineWriter writer(folder / "compressed", TextFormat::smallest_gzip);
    writer.write(text);
    writer.close();
  }

  ScratchFolder folder;
  std::string text;
};

TEST_F(TextReaderTest, ReturnsEveryByteOfPlainAndCompressedText) {
  for (char const* const name : {"plain", "compressed"}) {
    TextReader reader(folder / name);
    std::string found(1000, ' '), all;
    while (std::size_t const count = reader.read(found)) all.append(found, 0, count);
    EXPECT_EQ(all, text) << name;
    EXPECT_EQ(digest_of_text(folder / name), (TextDigest{digest_of(text), text.size()})) << name;
  }
}

TEST_F(TextReaderTest, ReadsAnEmptyFileAsAnEmptyText) {
  write_bytes(folder / "empty", "");
  EXPECT_EQ(digest_of_text(folder / "empty"), (TextDigest{digest_of(""), 0}));
}

TEST_F(TextReaderTest, RejectsDamagedAndTruncatedFiles) {
  std::string bytes = read_bytes(folder / "compressed");
  write_bytes(folder / "short", bytes.substr(0, bytes.size() - 1));
  expect_error(ErrorKind::data, "short' is truncated (the gzip stream ends after line 50000)",
               [&] { digest_of_text(folder / "short"); });
  bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 1);
  write_bytes(folder / "flipped", bytes);
  expect_error(ErrorKind::data, "flipped' is damaged (gzip: incorrect data check, after line",
               [&] { digest_of_text(folder / "flipped"); });
  write_bytes(folder / "plain.gz", text);
  expect_error(ErrorKind::data, "plain.gz' is not gzip",
               [&] { digest_of_text(folder / "plain.gz"); });
}

}  // namespace
}  // namespace moneta
