// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace moneta {

struct ZipEntry {
  std::string name;
  std::string text;
  std::uint16_t flags = 0;   ///< 1: encrypted, 0x800: the name is UTF-8
  std::uint16_t method = 0;  ///< 0: stored
};

inline void append_number(std::string& bytes, std::uint32_t number, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
}

/// The bytes of a zip archive whose members are stored without compression.
inline std::string zip_bytes(std::vector<ZipEntry> const& entries) {
  std::string bytes, directory;
  for (ZipEntry const& each : entries) {
    std::string facts;
    append_number(facts, 20, 2);
    append_number(facts, each.flags, 2);
    append_number(facts, each.method, 2);
    append_number(facts, 0x58210000, 4);  // 2024-01-01
    auto const size = static_cast<std::uint32_t>(each.text.size());
    auto const* const text = reinterpret_cast<unsigned char const*>(each.text.data());
    append_number(facts, static_cast<std::uint32_t>(crc32(0, text, size)), 4);
    append_number(facts, size, 4);
    append_number(facts, size, 4);
    append_number(facts, static_cast<std::uint32_t>(each.name.size()), 2);
    append_number(facts, 0, 2);
    auto const offset = static_cast<std::uint32_t>(bytes.size());
    bytes += std::string("PK\x03\x04") + facts + each.name + each.text;
    directory += "PK\x01\x02";
    append_number(directory, 20, 2);
    directory += facts;
    directory.append(10, '\0');  // comment, disk, attributes
    append_number(directory, offset, 4);
    directory += each.name;
  }
  auto const count = static_cast<std::uint32_t>(entries.size());
  std::string end = "PK\x05\x06";
  append_number(end, 0, 4);
  append_number(end, count, 2);
  append_number(end, count, 2);
  append_number(end, static_cast<std::uint32_t>(directory.size()), 4);
  append_number(end, static_cast<std::uint32_t>(bytes.size()), 4);
  append_number(end, 0, 2);
  return bytes + directory + end;
}

}  // namespace moneta
