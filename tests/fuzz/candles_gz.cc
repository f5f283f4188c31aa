// SPDX-License-Identifier: Apache-2.0
// Compressed raw candles: damage to the gzip stream, and to the text inside a valid one.
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "fuzz/candles.h"

namespace moneta::fuzz {

void try_bytes(std::string_view bytes) { try_candles("KRW-BTC.csv.gz", bytes); }

}  // namespace moneta::fuzz

#ifdef MONETA_FUZZ
namespace {

constexpr std::size_t longest_text = 1 << 16;
constexpr int gzip_window_bits = 15 + 16;

/// The text of a valid stream; empty for any other.
std::string inflated(std::uint8_t* data, std::size_t size) {
  z_stream stream{};
  inflateInit2(&stream, gzip_window_bits);
  std::string text(longest_text, '\0');
  stream.next_in = data;
  stream.avail_in = static_cast<uInt>(size);
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  int const status = inflate(&stream, Z_FINISH);
  text.resize(status == Z_STREAM_END ? text.size() - stream.avail_out : 0);
  inflateEnd(&stream);
  return text;
}

/// Returns the length of the stream; 0 if it does not fit.
std::size_t deflate_into(std::string& text, std::uint8_t* data, std::size_t room) {
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, gzip_window_bits, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = data;
  stream.avail_out = static_cast<uInt>(room);
  int const status = deflate(&stream, Z_FINISH);
  std::size_t const bytes = status == Z_STREAM_END ? room - stream.avail_out : 0;
  deflateEnd(&stream);
  return bytes;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  std::string text = seed % 4 == 0 ? "" : inflated(data, size);
  if (text.empty()) return LLVMFuzzerMutate(data, size, most);
  std::size_t const length = text.size();
  text.resize(longest_text);
  auto* const letters = reinterpret_cast<std::uint8_t*>(text.data());
  text.resize(LLVMFuzzerMutate(letters, length, longest_text));
  std::string stream(most, '\0');
  auto* const bytes = reinterpret_cast<std::uint8_t*>(stream.data());
  std::size_t const written = deflate_into(text, bytes, most);
  if (written == 0) return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, bytes, written);
  return written;
}
#endif
