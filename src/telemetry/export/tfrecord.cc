// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/tfrecord.h"

#include <boost/crc.hpp>

#include "telemetry/export/little_endian.h"

namespace moneta {

std::uint32_t crc32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC'6F41, 0xFFFF'FFFF, 0xFFFF'FFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
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
