// SPDX-License-Identifier: Apache-2.0
#include "io/line_writer.h"

#include <fcntl.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/file.h"

namespace moneta {

namespace {

char const* mode_of(TextFormat format) {
  switch (format) {
    case TextFormat::gzip:
      return "wb1";
    case TextFormat::smallest_gzip:
      return "wb9f";
    case TextFormat::plain:
      break;
  }
  return "wbT";
}

/// Creates a file with the bytes of `begin`, and opens it to continue.
gzFile open_copy(std::filesystem::path const& path, TextFormat format,
                 std::filesystem::path const& begin) {
  Descriptor const source(begin, O_RDONLY | O_CLOEXEC);
  if (!source.is_open()) throw cannot_read(begin, errno);
  Descriptor copy(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  if (!copy.is_open()) throw cannot_write(path, errno);
  std::vector<std::byte> block(std::size_t{1} << 17);
  for (;;) {
    auto const [count, why] = read_some(source.get(), block);
    if (why != 0) throw cannot_read(begin, why);
    if (count == 0) break;
    auto const written = write_all(copy.get(), std::span(block).first(count));
    if (written.error != 0) throw cannot_write(path, written.error);
  }
  gzFile const file = gzdopen(copy.get(), mode_of(format));
  if (file) copy.release();
  return file;
}

}  // namespace

struct LineWriter::State {
  State(std::filesystem::path const& path, gzFile opened) : name(path.string()), file(opened) {
    MONETA_REQUIRE(file, disk,
                   "cannot create '{}' ({}). Does its folder exist, and may this user write there?",
                   name, std::strerror(errno));
    gzbuffer(file, 1u << 17);
  }
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  ~State() {
    if (file) gzclose(file);
  }

  void require(bool written) const {
    MONETA_REQUIRE(written, disk, "cannot write '{}' ({}). Is the disk full?", name,
                   std::strerror(errno));
  }

  std::string name;
  gzFile file;
};

LineWriter::LineWriter(std::filesystem::path const& path, TextFormat format)
    : state_(new State(path, gzopen(path.c_str(), mode_of(format)))) {}

LineWriter::LineWriter(std::filesystem::path const& path, TextFormat format,
                       std::filesystem::path const& begin)
    : state_(new State(path, open_copy(path, format, begin))) {}

LineWriter::~LineWriter() = default;

void LineWriter::write(std::string_view text) {
  MONETA_REQUIRE(state_->file, internal, "'{}' is already closed", state_->name);
  constexpr std::size_t piece_bytes = std::size_t{1} << 30;  // zlib counts in unsigned int
  for (; !text.empty(); text.remove_prefix(std::min(piece_bytes, text.size()))) {
    auto const count = static_cast<unsigned>(std::min(piece_bytes, text.size()));
    state_->require(gzwrite(state_->file, text.data(), count) == static_cast<int>(count));
  }
}

void LineWriter::close() {
  MONETA_REQUIRE(state_->file, internal, "'{}' is already closed", state_->name);
  gzFile const file = std::exchange(state_->file, nullptr);
  state_->require(gzclose(file) == Z_OK);
}

}  // namespace moneta
