// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace moneta {

/// Computes the SHA-256 digest (FIPS 180-4) of bytes that arrive in pieces.
class Digest {
 public:
  Digest();
  Digest(Digest const&) = delete;
  Digest& operator=(Digest const&) = delete;
  ~Digest();

  void add(std::span<std::byte const> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  /// The digest as 64 hexadecimal digits. Call it once, after the last `add`.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The SHA-256 digest of `text`.
std::string digest_of(std::string_view text);

/// The SHA-256 digest of the bytes of a file. Throws Error (data) if it cannot be read.
std::string digest_of_file(std::filesystem::path const& path);

}  // namespace moneta
