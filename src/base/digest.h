// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace moneta {

/// SHA-256 (FIPS 180-4) of bytes given piece by piece.
class Digest {
 public:
  Digest();
  Digest(Digest const&) = delete;
  Digest& operator=(Digest const&) = delete;
  ~Digest();

  void add(std::span<std::byte const> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  /// 64 hexadecimal digits; ends the digest, call it once.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 of a text.
std::string digest_of(std::string_view text);

/// SHA-256 of a file's bytes. Throws Error (data) if it cannot be read.
std::string digest_of_file(std::filesystem::path const& path);

}  // namespace moneta
