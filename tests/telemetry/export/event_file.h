// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/scratch_folder.h"

/// A reader of TensorBoard event files that shares no code with the writer. Throws
/// std::runtime_error if a file is invalid.
namespace moneta::event_file {

struct Event {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string file_version;
  bool restarts = false;  ///< has SessionLog START
  std::map<std::string, float> scalars;
};

inline void require(bool condition, std::string const& what) {
  if (!condition) throw std::runtime_error("event file: " + what);
}

/// Computes the checksum bit by bit.
inline std::uint32_t slow_crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (char const byte : bytes) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::uint32_t const in = (static_cast<unsigned char>(byte) >> bit) & 1u;
      crc = ((crc ^ in) & 1u) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
    }
  }
  return ~crc;
}

/// Reads bytes from the front.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::string_view take(std::uint64_t count) {
    require(count <= bytes_.size(), "it ends inside a record");
    std::string_view const taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  /// A number in the byte order of the machine, which must be little-endian.
  template <class Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      auto const byte = number<unsigned char>();
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("event file: a number has no end");
  }
  std::string_view text() { return take(varint()); }

 private:
  std::string_view bytes_;
};

constexpr std::uint64_t key(unsigned field, unsigned wire_type) { return field * 8 + wire_type; }

inline void read_summary(std::string_view text, Event& event) {
  for (Bytes summary(text); !summary.empty();) {
    require(summary.varint() == key(1, 2), "a summary has no value");
    Bytes value(summary.text());
    require(value.varint() == key(1, 2), "a value has no tag");
    std::string const tag(value.text());
    require(value.varint() == key(2, 5), "a value has no simple_value");
    require(event.scalars.emplace(tag, value.number<float>()).second, "a tag is there twice");
    require(value.empty(), "a value has more");
  }
}

inline Event read_event(std::string_view text) {
  Event event;
  for (Bytes bytes(text); !bytes.empty();) {
    switch (bytes.varint()) {
      case key(1, 1):
        event.wall_time = bytes.number<double>();
        break;
      case key(2, 0):
        event.step = static_cast<std::int64_t>(bytes.varint());
        break;
      case key(3, 2):
        event.file_version = bytes.text();
        break;
      case key(5, 2):
        read_summary(bytes.text(), event);
        break;
      case key(7, 2):
        event.restarts = bytes.text() == "\x08\x01";
        require(event.restarts, "a session log is no START");
        break;
      default:
        throw std::runtime_error("event file: an event has an unknown field");
    }
  }
  return event;
}

inline void require_crc(Bytes& bytes, std::string_view of) {
  std::uint32_t const unmasked = bytes.number<std::uint32_t>() - 0xA282EAD8u;
  require(((unmasked << 15) | (unmasked >> 17)) == slow_crc32c(of), "a checksum is wrong");
}

inline std::vector<Event> read(std::filesystem::path const& path) {
  std::string const text = read_bytes(path);
  std::vector<Event> events;
  for (Bytes bytes(text); !bytes.empty();) {
    std::string_view const length = bytes.take(8);
    require_crc(bytes, length);
    std::string_view const data = bytes.take(Bytes(length).number<std::uint64_t>());
    require_crc(bytes, data);
    events.push_back(read_event(data));
  }
  return events;
}

/// The files of a folder in the order in which TensorBoard reads them.
inline std::vector<std::filesystem::path> files(std::filesystem::path const& folder) {
  std::vector<std::filesystem::path> paths;
  for (auto const& each : std::filesystem::directory_iterator(folder)) paths.push_back(each.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The points that TensorBoard shows for a folder: tag -> step -> value.
inline std::map<std::string, std::map<std::int64_t, float>> curves(
    std::filesystem::path const& folder) {
  std::map<std::string, std::map<std::int64_t, float>> all;
  for (auto const& path : files(folder)) {
    for (Event const& event : read(path)) {
      if (event.restarts) {
        for (auto& [tag, points] : all) {
          points.erase(points.lower_bound(event.step), points.end());
        }
      }
      for (auto const& [tag, value] : event.scalars) all[tag][event.step] = value;
    }
  }
  return all;
}

}  // namespace moneta::event_file
