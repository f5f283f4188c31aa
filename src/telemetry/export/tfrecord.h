// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace moneta {

/// CRC-32C (Castagnoli) of the bytes.
std::uint32_t crc32c(std::string_view bytes);

/// The checksum as TFRecord files store it: the CRC-32C rotated, plus a constant, because the CRC
/// of bytes that contain their own CRC is weak.
std::uint32_t masked_crc32c(std::string_view bytes);

/// `data` as one record of a TFRecord file: its length (8 bytes, little-endian), the masked CRC-32C
/// of those 8 bytes, the data, and the masked CRC-32C of the data.
std::string tfrecord(std::string_view data);

}  // namespace moneta
