// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

namespace moneta {

/// Reads a text file line by line, plain or gzip (told apart by the first two bytes, not by the
/// name). A whole line is never longer than 1 MiB. Every check of the gzip format is made: a
/// file cut short, a flipped bit, or bytes after the end are errors, never a shorter text.
class LineReader {
 public:
  /// Throws Error (data) if the file cannot be opened, or if it is named .gz and is not gzip.
  explicit LineReader(std::filesystem::path const& path);
  LineReader(LineReader const&) = delete;
  LineReader& operator=(LineReader const&) = delete;
  ~LineReader();

  /// The next line without its line end (\n or \r\n), valid until the next call; false at the end.
  /// Throws Error (data) that names file and line if the rest cannot be read.
  bool next(std::string_view& line);

  /// Number of the line that `next` gave last, from 1.
  std::size_t line_number() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
