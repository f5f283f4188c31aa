// SPDX-License-Identifier: Apache-2.0
#include "market/read_span.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "io/file.h"
#include "io/text_reader.h"
#include "market/parse_row.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

/// Bytes of the text at either end: some dozens of rows.
constexpr std::size_t end_bytes = 4096;

/// The beginning and the end of a text; they overlap if it is short.
struct TextEnds {
  std::string head, tail;
  bool is_whole = false;  ///< `tail` is the whole text
};

TextEnds read_gzip_ends(fs::path const& path) {
  constexpr std::size_t step_bytes = std::size_t{1} << 18;
  TextReader reader(path);
  TextEnds ends;
  std::string text(end_bytes + step_bytes, '\0');
  std::size_t held = 0, dropped = 0;
  while (std::size_t const count = reader.read(std::span(text).subspan(held))) {
    ends.head.append(text, held, std::min(count, end_bytes - ends.head.size()));
    held += count;
    if (held < text.size()) continue;
    std::copy_n(text.end() - end_bytes, end_bytes, text.begin());
    dropped += held - end_bytes;
    held = end_bytes;
  }
  auto const tail_bytes = std::min(held, end_bytes);
  ends.tail = text.substr(held - tail_bytes, tail_bytes);
  ends.is_whole = dropped + held == tail_bytes;
  return ends;
}

std::optional<std::string> read_part(Descriptor const& file, std::uint64_t offset,
                                     std::size_t bytes) {
  std::string part(bytes, '\0');
  auto const [count, why] = pread_all(file.get(), offset, std::as_writable_bytes(std::span(part)));
  if (why != 0) return std::nullopt;
  part.resize(count);
  return part;
}

/// None if the file cannot be read.
std::optional<TextEnds> read_ends(fs::path const& path) {
  Descriptor const file(path, O_RDONLY | O_CLOEXEC);
  std::error_code unknown;
  auto const bytes = fs::file_size(path, unknown);
  if (!file.is_open() || unknown) return std::nullopt;
  auto head = read_part(file, 0, end_bytes);
  if (!head) return std::nullopt;
  if (head->starts_with("\x1f\x8b") || path.extension() == ".gz") return read_gzip_ends(path);
  auto const begin = bytes - std::min<std::uint64_t>(bytes, end_bytes);
  auto tail = read_part(file, begin, end_bytes);
  if (!tail || begin + tail->size() != bytes) return std::nullopt;
  return TextEnds{std::move(*head), std::move(*tail), begin == 0};
}

/// Takes the next line with its line end off `text`. The last line needs none.
std::string_view take_line(std::string_view& text) {
  auto const end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct LastRow {
  std::int64_t time_s = 0;
  std::size_t rows = 0;  ///< of the text up to this one
};

/// None unless all rows of `text` are valid and in order of time.
std::optional<LastRow> read_last_row(std::string_view text, std::size_t columns) {
  text = text.substr(0, text.find_last_not_of("\r\n") + 1);  // empty lines at the end are no rows
  LastRow last;
  while (!text.empty()) {
    Candle candle;
    if (parse_row(take_line(text), columns, candle)) return std::nullopt;
    if (last.rows > 0 && candle.time_s <= last.time_s) return std::nullopt;
    last = {candle.time_s, last.rows + 1};
  }
  return last.rows > 0 ? std::optional(last) : std::nullopt;
}

}  // namespace

std::optional<CandleSpan> read_span(fs::path const& path) {
  auto const ends = read_ends(path);
  if (!ends) return std::nullopt;
  std::string_view head = ends->head, tail = ends->tail;
  auto const columns = columns_of_header(take_line(head));
  if (!columns || (!ends->is_whole && head.find('\n') == std::string_view::npos)) {
    return std::nullopt;
  }
  Candle first;
  if (parse_row(take_line(head), *columns, first)) return std::nullopt;
  (void)take_line(tail);  // the header, or a part of a line
  auto const last = read_last_row(tail, *columns);
  if (!last) return std::nullopt;
  bool const is_one_row = ends->is_whole && last->rows == 1;
  if (!is_one_row && last->time_s <= first.time_s) return std::nullopt;
  return CandleSpan{first.time_s, last->time_s};
}

}  // namespace moneta
