// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace moneta::fuzz {

/// Changes an HDF5 file where it hurts: in superblock, object headers, B-trees, heaps and chunk
/// indexes, and mends the checksums behind itself, so that the library believes what it reads.
class H5Mutator {
 public:
  H5Mutator(std::string file, std::uint64_t seed);

  /// The file with 1 to 4 changes; the same ones for the same number.
  std::string mutate(std::uint64_t number) const;

  /// What was found in the file: signatures of structures, and of these the ones with a checksum.
  std::size_t structures() const { return places_.size(); }
  std::size_t checksums() const { return checked_.size(); }

 private:
  struct Checked {
    std::size_t begin, end;  ///< the checksum lies at `end`
  };
  void change(std::string& bytes, std::mt19937_64& random) const;
  void mend(std::string& bytes) const;

  std::string file_;
  std::uint64_t seed_;
  std::vector<std::size_t> places_;  ///< where structures begin
  std::vector<Checked> checked_;
};

}  // namespace moneta::fuzz
