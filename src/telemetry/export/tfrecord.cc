// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/tfrecord.h"

#include <array>

#include "telemetry/export/little_endian.h"

namespace moneta {
namespace {

constexpr std::array<std::uint32_t, 256> crc_of_byte() {
  constexpr std::uint32_t polynomial = 0x82F6'3B78;  // Castagnoli's, bits reversed
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
    table[byte] = crc;
  }
  return table;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto table = crc_of_byte();
  std::uint32_t crc = 0xFFFF'FFFF;
  for (char const byte : bytes) {
    crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
  }
  return ~crc;
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  std::uint32_t const crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282'EAD8;
}

std::string tfrecord(std::string_view data) {
  std::string record;
  append_little_endian(record, std::uint64_t{data.size()});
  append_little_endian(record, masked_crc32c(record));
  record += data;
  append_little_endian(record, masked_crc32c(data));
  return record;
}

}  // namespace moneta
