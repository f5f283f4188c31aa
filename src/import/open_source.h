// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace moneta {

/// One text in a file.
struct SourceText {
  std::string shown;    ///< for messages: the path, and the member of an archive; printable
  std::string name;     ///< without folders and without .gz: the market may be in it; printable
  std::string ignored;  ///< why it is no text with candles; empty if it may be one
};

/// A name of unknown origin without characters that control a terminal.
std::string printable(std::string_view name);

/// The most bytes that a text may have: more than 20 years of minutes.
inline constexpr std::size_t longest_text_bytes = std::size_t{2} << 30;

/// A file that may contain candles: a text, plain or gzip, or a zip archive of texts. If a file
/// `<file>.CHECKSUM` lies beside an archive, as Binance publishes them, the archive must have the
/// SHA-256 in it.
class SourceFile {
 public:
  /// Throws Error (data) if the file cannot be opened, is no file, or differs from its checksum.
  explicit SourceFile(std::filesystem::path const& file);
  SourceFile(SourceFile const&) = delete;
  SourceFile& operator=(SourceFile const&) = delete;
  ~SourceFile();

  std::vector<SourceText> const& texts() const;

  /// Reads text `i`, with all checks of gzip and zip. Throws Error (data) if it is damaged,
  /// encrypted, or longer than `limit_bytes`.
  std::string read(std::size_t i, std::size_t limit_bytes = longest_text_bytes) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
