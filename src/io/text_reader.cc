// SPDX-License-Identifier: Apache-2.0
#include "io/text_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "io/file.h"
#include "io/gzip_inflater.h"

namespace moneta {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 16;

}  // namespace

struct TextReader::State {
  State(std::filesystem::path const& path)
      : name(path.string()), file(path, O_RDONLY | O_CLOEXEC), block(block_bytes) {
    MONETA_REQUIRE(file.is_open(), data, "cannot open '{}' ({}). Is the path right?", name,
                   std::strerror(errno));
    refill_block();
    gzip = block_end >= 2 && block[0] == 0x1f && block[1] == 0x8b;
    MONETA_REQUIRE(
        gzip || path.extension() != ".gz", data,
        "'{}' is not gzip (its first bytes are not 1f 8b). Compress it again, or remove '.gz' from its name?",
        name);
  }

  void refill_block() {
    auto const [count, why] = read_some(file.get(), std::as_writable_bytes(std::span(block)));
    MONETA_REQUIRE(why == 0, data, "cannot read '{}' ({}). Is it a file, and is the disk in order?",
                   name, std::strerror(why));
    block_begin = 0;
    block_end = count;
  }

  /// Returns how many bytes of text it put into `to`; 0 at the end.
  std::size_t read_text(std::span<char> to) {
    if (gzip) return inflate_text(to);
    if (block_begin == block_end) refill_block();
    std::size_t const count = std::min(to.size(), block_end - block_begin);
    std::memcpy(to.data(), block.data() + block_begin, count);
    block_begin += count;
    return count;
  }

  std::size_t inflate_text(std::span<char> to) {
    for (;;) {
      if (block_begin == block_end) refill_block();
      auto const [taken, given, defect] = inflater.inflate(
          std::span<unsigned char const>(block).subspan(block_begin, block_end - block_begin), to);
      MONETA_REQUIRE(defect == nullptr, data,
                     "'{}' is damaged (gzip: {}, after line {}). Copy or download it again?", name,
                     defect, line_number);
      block_begin += taken;
      if (given > 0) return given;
      if (block_end > 0) continue;
      MONETA_REQUIRE(
          inflater.may_end(), data,
          "'{}' is truncated (the gzip stream ends after line {}). Copy or download it again?",
          name, line_number);
      return 0;
    }
  }

  std::string name;
  Descriptor file;
  std::vector<unsigned char> block;
  std::size_t block_begin = 0, block_end = 0;
  bool gzip = false;
  GzipInflater inflater;
  std::size_t line_number = 0;  // complete lines read so far, for messages
};

TextReader::TextReader(std::filesystem::path const& path) : state_(new State(path)) {}

TextReader::~TextReader() = default;

std::size_t TextReader::read(std::span<char> to) {
  std::size_t const count = state_->read_text(to);
  auto const lines = std::count(to.data(), to.data() + count, '\n');
  state_->line_number += static_cast<std::size_t>(lines);
  return count;
}

TextDigest digest_of_text(std::filesystem::path const& path) {
  TextReader reader(path);
  std::vector<char> text(block_bytes);
  Digest digest;
  TextDigest result;
  while (std::size_t const count = reader.read(text)) {
    digest.add(std::string_view(text.data(), count));
    result.bytes += count;
  }
  result.sha256 = digest.hex();
  return result;
}

}  // namespace moneta
