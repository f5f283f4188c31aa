// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace moneta {

/// The CRC-32 of gzip (ISO 3309).
std::uint32_t crc32_of(std::string_view text);
/// That of texts, each followed by a line feed.
std::uint32_t crc32_of_lines(std::initializer_list<std::string_view> texts);

/// The checksum that HDF5's filter fletcher32 stores behind a chunk. HDF5's own code is several
/// times slower.
std::uint32_t fletcher32(std::span<std::byte const> bytes);

}  // namespace moneta
