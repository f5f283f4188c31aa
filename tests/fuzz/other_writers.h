// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace moneta::fuzz {

/// What other programs write the same shard as.
enum class Writer {
  old,       ///< HDF5 1.0 to 1.6: symbol tables and local heaps, no checksums, text of any length
  newest,    ///< HDF5 1.10: new chunk indexes, attributes in fractal heaps and B-trees
  unpacked,  ///< contiguous and compact, without chunks
};

/// Copies a shard, number by number and attribute by attribute, into a file as `writer` makes it.
void copy_as(std::filesystem::path const& from, std::filesystem::path const& to, Writer writer);

}  // namespace moneta::fuzz
