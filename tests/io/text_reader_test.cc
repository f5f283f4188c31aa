// SPDX-License-Identifier: Apache-2.0
#include "io/text_reader.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "io/checksum.h"
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

/// A gzip file with the text in stored blocks, made by hand.
std::string stored_gzip(std::string_view text) {
  auto const little_endian = [](std::uint64_t number, std::size_t bytes) {
    std::string word;
    for (; word.size() < bytes; number >>= 8) word += static_cast<char>(number & 0xff);
    return word;
  };
  std::string file("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  auto const checksum = crc32_of(text);
  std::size_t const bytes = text.size();
  do {
    std::string_view const block = text.substr(0, 0xffff);
    text.remove_prefix(block.size());
    file += text.empty() ? '\1' : '\0';  // whether it is the last block
    file += little_endian(block.size(), 2) + little_endian(~block.size(), 2);
    file += block;
  } while (!text.empty());
  return file + little_endian(checksum, 4) + little_endian(bytes, 4);
}

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

/// Pieces of the file end anywhere in the members' headers, data and trailers.
TEST_F(TextReaderTest, ReadsMembersAndZerosAtEveryPositionOfItsBlocks) {
  std::string const member = read_bytes(folder / "compressed");
  std::string const blocks(std::size_t{3} << 16, '\0');
  for (std::size_t size = 0; size <= 40; ++size) {
    // A first member of stored, unpacked bytes that ends near the end of the first block.
    std::string const noise((std::size_t{1} << 16) - 60 + size, 'n');
    std::string const first = stored_gzip(noise);
    write_bytes(folder / "members.gz", first + member + stored_gzip("") + member);
    EXPECT_EQ(digest_of_text(folder / "members.gz"),
              (TextDigest{digest_of(noise + text + text), noise.size() + 2 * text.size()}))
        << size;
    write_bytes(folder / "padded.gz", first + (size % 2 ? blocks : blocks.substr(0, 1 + size)));
    EXPECT_EQ(digest_of_text(folder / "padded.gz"), (TextDigest{digest_of(noise), noise.size()}))
        << size;
    write_bytes(folder / "cut.gz", first.substr(0, first.size() - 1 - size % 20));
    expect_error(ErrorKind::data, "cut.gz' is truncated",
                 [&] { digest_of_text(folder / "cut.gz"); });
  }
}

TEST_F(TextReaderTest, RejectsWhatFollowsTheZerosAfterAGzipFile) {
  std::string const member = read_bytes(folder / "compressed");
  for (std::size_t const zeros : {1u, 512u, 200'000u}) {
    for (std::string const& rest : {std::string("x"), member}) {
      write_bytes(folder / "a.gz", member + std::string(zeros, '\0') + rest);
      expect_error(ErrorKind::data,
                   "a.gz' is damaged (gzip: other bytes follow the zeros after its end, after line",
                   [&] { digest_of_text(folder / "a.gz"); });
    }
  }
  write_bytes(folder / "zeros.gz", std::string("\x1f\x8b\0\0", 4));
  expect_error(ErrorKind::data, "zeros.gz' is ", [&] { digest_of_text(folder / "zeros.gz"); });
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
