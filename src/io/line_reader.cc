// SPDX-License-Identifier: Apache-2.0
#include "io/line_reader.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace moneta {
namespace {

constexpr std::size_t longest_line_bytes = std::size_t{1} << 20;
constexpr std::size_t block_bytes = std::size_t{1} << 16;

/// A file's bytes, in pieces.
class InputFile {
 public:
  explicit InputFile(std::filesystem::path const& path)
      : name_(path.string()), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    MONETA_REQUIRE(file_ >= 0, data, "cannot open '", name_, "' (", std::strerror(errno),
                   "). Is the path right?");
  }
  InputFile(InputFile const&) = delete;
  InputFile& operator=(InputFile const&) = delete;
  ~InputFile() { ::close(file_); }

  /// Bytes read into `to`; 0 at the end.
  std::size_t read(std::span<unsigned char> to) {
    ssize_t count = -1;
    do {
      count = ::read(file_, to.data(), to.size());
    } while (count < 0 && errno == EINTR);
    MONETA_REQUIRE(count >= 0, data, "cannot read '", name_, "' (", std::strerror(errno),
                   "). Is it a file on a sound disk?");
    return static_cast<std::size_t>(count);
  }

 private:
  std::string name_;
  int file_;
};

/// zlib's decompressor for gzip streams.
class Inflater {
 public:
  Inflater() {
    constexpr int gzip_window_bits = 15 + 16;
    MONETA_REQUIRE(inflateInit2(&stream_, gzip_window_bits) == Z_OK, internal,
                   "zlib cannot be started (out of memory)");
  }
  Inflater(Inflater const&) = delete;
  Inflater& operator=(Inflater const&) = delete;
  ~Inflater() { inflateEnd(&stream_); }
  z_stream* operator->() { return &stream_; }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

struct LineReader::State {
  State(std::filesystem::path const& path) : name(path.string()), file(path), block(block_bytes) {
    refill_block();
    gzip = block_end >= 2 && block[0] == 0x1f && block[1] == 0x8b;
    MONETA_REQUIRE(gzip || path.extension() != ".gz", data, "'", name, "' is not gzip (its first ",
                   "bytes are not 1f 8b). Compress it again, or take '.gz' from its name?");
  }

  void refill_block() {
    block_end = file.read(block);
    block_begin = 0;
  }

  /// Bytes of text into `to`; 0 at the end.
  std::size_t read_text(std::span<char> to) {
    if (gzip) return inflate_text(to);
    if (block_begin == block_end) refill_block();
    std::size_t const count = std::min(to.size(), block_end - block_begin);
    std::memcpy(to.data(), block.data() + block_begin, count);
    block_begin += count;
    return count;
  }

  std::size_t inflate_text(std::span<char> to) {
    inflater->next_out = reinterpret_cast<Bytef*>(to.data());
    inflater->avail_out = static_cast<uInt>(to.size());
    while (inflater->avail_out == to.size()) {
      if (block_begin == block_end) refill_block();
      if (block_end == 0) {
        MONETA_REQUIRE(between_members, data, "'", name, "' is cut short (the gzip stream ends ",
                       "after line ", line_number, "). Copy or download it again?");
        break;
      }
      if (between_members) inflateReset(inflater.get());
      inflate_block();
    }
    return to.size() - inflater->avail_out;
  }

  void inflate_block() {
    inflater->next_in = block.data() + block_begin;
    inflater->avail_in = static_cast<uInt>(block_end - block_begin);
    int const status = inflate(inflater.get(), Z_NO_FLUSH);
    MONETA_REQUIRE(status == Z_OK || status == Z_STREAM_END, data, "'", name,
                   "' is damaged (gzip: ", inflater->msg ? inflater->msg : "unreadable",
                   ", after line ", line_number, "). Copy or download it again?");
    block_begin = block_end - inflater->avail_in;
    between_members = status == Z_STREAM_END;
  }

  std::string name;
  InputFile file;
  std::vector<unsigned char> block;
  std::size_t block_begin = 0, block_end = 0;
  bool gzip = false;
  Inflater inflater;
  bool between_members = false;  // true where a gzip file may end

  std::vector<char> text = std::vector<char>(longest_line_bytes);
  std::size_t text_begin = 0, text_end = 0;
  std::size_t line_number = 0;
};

LineReader::LineReader(std::filesystem::path const& path) : state_(new State(path)) {}

LineReader::~LineReader() = default;

std::size_t LineReader::line_number() const { return state_->line_number; }

bool LineReader::next(std::string_view& line) {
  State& state = *state_;
  std::size_t searched = 0;
  for (;;) {
    char* const begin = state.text.data() + state.text_begin;
    std::size_t const held = state.text_end - state.text_begin;
    if (auto const* end =
            static_cast<char const*>(std::memchr(begin + searched, '\n', held - searched))) {
      line = {begin, static_cast<std::size_t>(end - begin)};
      state.text_begin += line.size() + 1;
      break;
    }
    searched = held;
    std::memmove(state.text.data(), begin, held);
    state.text_begin = 0;
    state.text_end = held;
    MONETA_REQUIRE(held < state.text.size(), data, "'", state.name, "' line ",
                   state.line_number + 1, " is longer than ", longest_line_bytes,
                   " bytes (it is no text file of lines). Is it the right file?");
    std::size_t const count = state.read_text(std::span(state.text).subspan(held));
    if (count == 0) {
      if (held == 0) return false;
      line = {state.text.data(), held};
      state.text_begin = held;
      break;
    }
    state.text_end += count;
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++state.line_number;
  return true;
}

}  // namespace moneta
