// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/evp.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/error.h"

namespace moneta {

struct Digest::State {
  State() = default;
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  ~State() { EVP_MD_CTX_free(context); }

  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Digest::Digest() : state_(std::make_unique<State>()) {
  MONETA_REQUIRE(
      state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1,
      internal, "SHA-256 is not available in this OpenSSL");
}

Digest::~Digest() = default;

void Digest::add(std::span<std::byte const> bytes) {
  MONETA_REQUIRE(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, internal,
                 "SHA-256 failed");
}

std::string Digest::hex() {
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  MONETA_REQUIRE(EVP_DigestFinal_ex(state_->context, value, &length) == 1, internal,
                 "SHA-256 failed");
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += digits[value[i] >> 4];
    text += digits[value[i] & 15];
  }
  return text;
}

std::string digest_of(std::string_view text) {
  Digest digest;
  digest.add(text);
  return digest.hex();
}

std::string digest_of_file(std::filesystem::path const& path) {
  std::ifstream file;
  do {
    errno = 0;
    file.open(path, std::ios::binary);
  } while (!file && errno == EINTR);
  MONETA_REQUIRE(file, data, "cannot read '{}' ({})", path.string(), std::strerror(errno));
  Digest digest;
  std::vector<char> piece(1 << 20);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    digest.add(std::string_view(piece.data(), static_cast<std::size_t>(file.gcount())));
  }
  MONETA_REQUIRE(!file.bad(), data, "cannot read '{}' to its end ({})", path.string(),
                 std::strerror(errno));
  return digest.hex();
}

}  // namespace moneta
