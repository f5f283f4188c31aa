// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace moneta {

/// Reads the text of a file, plain or gzip; the first two bytes decide which, not the name. All
/// checks of the gzip format are made: a truncated file, a flipped bit or bytes after the end are
/// errors and never give a shorter text. Only zeros may follow the end.
class TextReader {
 public:
  /// Throws Error (data) if the file cannot be opened, or if its name ends in .gz and it is not
  /// gzip.
  explicit TextReader(std::filesystem::path const& path);
  TextReader(TextReader const&) = delete;
  TextReader& operator=(TextReader const&) = delete;
  ~TextReader();

  /// Fills `to` as far as it can and returns the number of bytes; 0 at the end. Throws Error (data)
  /// that names the file and the last line before the damage if the rest cannot be read.
  std::size_t read(std::span<char> to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Digest and size of a text.
struct TextDigest {
  std::string sha256;
  std::uint64_t bytes = 0;
  bool operator==(TextDigest const&) const = default;
};

/// The digest of a file's text, plain or gzip. Throws like TextReader.
TextDigest digest_of_text(std::filesystem::path const& path);

}  // namespace moneta
