// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace moneta {

/// gzip is level 1: several times faster than the usual level, for some more bytes; smallest_gzip
/// is level 9, tuned for lines of numbers.
enum class TextFormat { plain, gzip, smallest_gzip };

/// Writes a text file, plain or gzip; equal texts give equal files. Use it inside commit_file.
class LineWriter {
 public:
  /// Replaces what is at `path`. Throws Error (disk).
  LineWriter(std::filesystem::path const& path, TextFormat format);
  LineWriter(LineWriter const&) = delete;
  LineWriter& operator=(LineWriter const&) = delete;
  ~LineWriter();

  /// Adds text as it is, line ends included. Throws Error (disk).
  void write(std::string_view text);

  /// Writes what is still in memory and closes the file; without it the file is not whole.
  /// Throws Error (disk).
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
