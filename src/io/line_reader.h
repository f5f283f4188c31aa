// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

namespace moneta {

/// Reads a text file line by line, plain or gzip, with the checks of TextReader. Lines may have up
/// to 1 MiB.
class LineReader {
 public:
  /// Throws Error (data) if the file cannot be opened, or if its name ends in .gz and it is not
  /// gzip.
  explicit LineReader(std::filesystem::path const& path);
  LineReader(LineReader const&) = delete;
  LineReader& operator=(LineReader const&) = delete;
  ~LineReader();

  /// Sets `line` to the next line without its line end (\n or \r\n), valid until the next call.
  /// Returns false at the end. Throws Error (data) that names the file and the line if the rest
  /// cannot be read.
  bool next(std::string_view& line);

  /// The number of the line that `next` returned last, from 1.
  std::size_t line_number() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
