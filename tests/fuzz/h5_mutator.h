// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace moneta::fuzz {

/// Changes the structures of an HDF5 file (superblock, object headers, B-trees, heaps and chunk
/// indexes) and recomputes their checksums, so that the library does not notice.
class H5Mutator {
 public:
  H5Mutator(std::string file, std::uint64_t seed);

  /// The file with 1 to 4 changes, which are a function of the seed and `number`.
  std::string mutate(std::uint64_t number) const;

  /// The number of structures found in the file, and of those that have a checksum.
  std::size_t structures() const { return structures_.size(); }
  std::size_t checksums() const { return checked_.size(); }

 private:
  struct Checked {
    std::size_t begin, end;  ///< the checksum is at `end`
  };
  void change(std::string& bytes, std::mt19937_64& random) const;
  void update_checksums(std::string& bytes) const;

  std::string file_;
  std::uint64_t seed_;
  std::vector<std::size_t> structures_;  ///< offsets
  std::vector<Checked> checked_;
};

}  // namespace moneta::fuzz
