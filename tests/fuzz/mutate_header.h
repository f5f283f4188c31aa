// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifdef MONETA_FUZZ
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

/// Mostly changes the header of a safetensors file and corrects its length; otherwise nearly all
/// inputs would be rejected because of the first eight bytes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  std::uint64_t length = 0;
  if (size >= sizeof length) std::memcpy(&length, data, sizeof length);
  bool const valid = size > sizeof length && length <= size - sizeof length;
  if (!valid || seed % 4 == 0) return LLVMFuzzerMutate(data, size, most);
  std::size_t const tail_bytes = size - sizeof length - length;
  std::string const tail(reinterpret_cast<char*>(data) + size - tail_bytes, tail_bytes);
  length = LLVMFuzzerMutate(data + sizeof length, length, most - sizeof length - tail_bytes);
  std::memcpy(data, &length, sizeof length);
  std::memcpy(data + sizeof length + length, tail.data(), tail.size());
  return sizeof length + length + tail.size();
}
#endif
