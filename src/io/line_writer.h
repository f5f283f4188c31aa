// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace moneta {

enum class TextFormat {
  plain,
  gzip,           ///< level 1: several times faster than the default level, slightly larger
  smallest_gzip,  ///< level 9, tuned for lines of numbers
};

/// Writes a text file, plain or gzip; equal texts give equal files. Use it inside commit_file.
class LineWriter {
 public:
  /// Replaces the file at `path`. Throws Error (disk).
  LineWriter(std::filesystem::path const& path, TextFormat format);
  /// The file begins with the bytes of the file `begin`, which has the same format; gzip adds a
  /// member, and readers see one text. Throws Error (disk), or Error (data) if `begin` cannot be
  /// read.
  LineWriter(std::filesystem::path const& path, TextFormat format,
             std::filesystem::path const& begin);
  LineWriter(LineWriter const&) = delete;
  LineWriter& operator=(LineWriter const&) = delete;
  ~LineWriter();

  /// Appends text unchanged, including its line ends. Throws Error (disk).
  void write(std::string_view text);

  /// Writes buffered text and closes the file, which is incomplete without this call. Throws
  /// Error (disk).
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
