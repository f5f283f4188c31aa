// SPDX-License-Identifier: Apache-2.0
#include "fuzz/h5_mutator.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>

namespace moneta::fuzz {
namespace {

constexpr std::size_t checksum_bytes = 4;

/// The signatures in "HDF5 File Format Specification" 3.0.
constexpr std::string_view signatures[] = {"\x89HDF", "OHDR", "OCHK", "TREE", "SNOD", "HEAP",
                                           "GCOL",    "BTHD", "BTIN", "BTLF", "FRHP", "FHDB",
                                           "FHIB",    "FSHD", "FSSE", "SMTB", "SMLI", "FAHD",
                                           "FADB",    "EAHD", "EAIB", "EASB", "EADB"};

/// Jenkins' lookup3 (hashlittle), the checksum of HDF5's metadata.
std::uint32_t lookup3(unsigned char const* key, std::size_t length) {
  std::uint32_t a = 0xdeadbeef + static_cast<std::uint32_t>(length), b = a, c = a;
  auto const word = [](unsigned char const* from, std::size_t count) {
    std::uint32_t value = 0;
    std::memcpy(&value, from, count);
    return value;
  };
  auto const part = [&](std::size_t i) {
    return length > 4 * i ? word(key + 4 * i, std::min<std::size_t>(4, length - 4 * i)) : 0;
  };
  for (; length > 12; length -= 12, key += 12) {
    a += word(key, 4), b += word(key + 4, 4), c += word(key + 8, 4);
    a -= c, a ^= std::rotl(c, 4), c += b;
    b -= a, b ^= std::rotl(a, 6), a += c;
    c -= b, c ^= std::rotl(b, 8), b += a;
    a -= c, a ^= std::rotl(c, 16), c += b;
    b -= a, b ^= std::rotl(a, 19), a += c;
    c -= b, c ^= std::rotl(b, 4), b += a;
  }
  if (length == 0) return c;
  a += part(0), b += part(1), c += part(2);
  c ^= b, c -= std::rotl(b, 14);
  a ^= c, a -= std::rotl(c, 11);
  b ^= a, b -= std::rotl(a, 25);
  c ^= b, c -= std::rotl(b, 16);
  a ^= c, a -= std::rotl(c, 4);
  b ^= a, b -= std::rotl(a, 14);
  c ^= b, c -= std::rotl(b, 24);
  return c;
}

std::uint32_t checksum(std::string const& bytes, std::size_t begin, std::size_t end) {
  return lookup3(reinterpret_cast<unsigned char const*>(bytes.data()) + begin, end - begin);
}

std::size_t below(std::size_t limit, std::mt19937_64& random) {
  return limit == 0 ? 0 : static_cast<std::size_t>(random() % limit);
}

/// A number that often triggers bugs.
std::uint64_t edge_value(std::mt19937_64& random) {
  std::uint64_t const one = std::uint64_t{1} << below(64, random);
  switch (below(6, random)) {
    case 0:
      return 0;
    case 1:
      return ~std::uint64_t{0};
    case 2:
      return one;
    case 3:
      return one - 1;
    case 4:
      return below(64, random);
    default:
      return random();
  }
}

}  // namespace

H5Mutator::H5Mutator(std::string file, std::uint64_t seed) : file_(std::move(file)), seed_(seed) {
  constexpr std::size_t longest_structure = 8192;
  for (std::size_t at = 0; at + checksum_bytes < file_.size(); ++at) {
    auto const here = std::string_view(file_).substr(at, 4);
    if (std::find(std::begin(signatures), std::end(signatures), here) == std::end(signatures)) {
      continue;
    }
    structures_.push_back(at);
    // Lengths are encoded in many ways; a structure ends where its checksum follows.
    auto const last = std::min(file_.size() - checksum_bytes, at + longest_structure);
    for (std::size_t end = at + 8; end <= last; ++end) {
      std::uint32_t stored = 0;
      std::memcpy(&stored, file_.data() + end, sizeof stored);
      if (stored != checksum(file_, at, end)) continue;
      checked_.push_back({at, end});
      break;
    }
  }
}

std::string H5Mutator::mutate(std::uint64_t number) const {
  std::seed_seq sequence{seed_, seed_ >> 32, number, number >> 32};
  std::mt19937_64 random(sequence);
  std::string bytes = file_;
  for (std::size_t i = 0, count = 1 + below(4, random); i < count; ++i) change(bytes, random);
  if (below(8, random) != 0) update_checksums(bytes);
  return bytes;
}

void H5Mutator::change(std::string& bytes, std::mt19937_64& random) const {
  constexpr std::size_t near = 256;
  if (bytes.size() < 64) return;
  std::size_t const place = structures_[below(structures_.size(), random)];
  std::size_t const at = std::min(place + below(near, random), bytes.size() - 8);
  std::size_t const other =
      std::min(structures_[below(structures_.size(), random)], bytes.size() - 8);
  switch (below(16, random)) {
    case 0:
      bytes.resize(below(bytes.size(), random));
      break;
    case 1: {  // replaces a structure by another
      std::size_t const from = std::min(place, bytes.size() - 8);
      std::size_t const most = bytes.size() - std::max(from, other);
      std::string const copy = bytes.substr(from, std::min(most, 8 + below(near, random)));
      bytes.replace(other, copy.size(), copy);
      break;
    }
    case 2:  // swaps two structures
      for (std::size_t i = 0; i < 32 && std::max(place, other) + i < bytes.size(); ++i) {
        std::swap(bytes[place + i], bytes[other + i]);
      }
      break;
    case 3: {  // flips any bit, also in the data
      std::size_t const anywhere = below(bytes.size(), random);
      bytes[anywhere] = static_cast<char>(bytes[anywhere] ^ (1 << below(8, random)));
      break;
    }
    case 4: {  // an address of another structure, or a cycle
      std::uint64_t const address = below(2, random) == 0 ? other : place;
      std::memcpy(bytes.data() + at, &address, sizeof address);
      break;
    }
    case 5:
    case 6:
    case 7: {
      std::uint64_t const value = edge_value(random);
      std::memcpy(bytes.data() + at, &value, std::size_t{1} << below(4, random));
      break;
    }
    default:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8, random)));
  }
}

void H5Mutator::update_checksums(std::string& bytes) const {
  for (auto const& [begin, end] : checked_) {
    if (end + checksum_bytes > bytes.size()) continue;
    std::uint32_t const value = checksum(bytes, begin, end);
    std::memcpy(bytes.data() + end, &value, sizeof value);
  }
}

}  // namespace moneta::fuzz
