// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace moneta {

/// Reads the text of a file, plain or gzip (told apart by the first two bytes, not by the name).
/// Every check of the gzip format is made: a file cut short, a flipped bit, or bytes after the end
/// are errors, never a shorter text.
class TextReader {
 public:
  /// Throws Error (data) if the file cannot be opened, or if it is named .gz and is not gzip.
  explicit TextReader(std::filesystem::path const& path);
  TextReader(TextReader const&) = delete;
  TextReader& operator=(TextReader const&) = delete;
  ~TextReader();

  /// Bytes of text put into `to`; 0 at the end. Throws Error (data) that names the file and the
  /// last whole line before the damage if the rest cannot be read.
  std::size_t read(std::span<char> to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What a text is known by.
struct TextDigest {
  std::string sha256;
  std::uint64_t bytes = 0;
  bool operator==(TextDigest const&) const = default;
};

/// Of a file's text, plain or compressed. Throws as TextReader does.
TextDigest digest_of_text(std::filesystem::path const& path);

}  // namespace moneta
