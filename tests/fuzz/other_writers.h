// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace moneta::fuzz {

/// Formats in which other programs may write the same shard.
enum class Writer {
  old,  ///< HDF5 1.0 to 1.6: symbol tables and local heaps, no checksums, text of variable length
  newest,    ///< HDF5 1.10: new chunk indexes, attributes in fractal heaps and B-trees
  unpacked,  ///< contiguous and compact, without chunks
};

/// Copies the datasets and attributes of a shard to a file in the format of `writer`.
void copy_as(std::filesystem::path const& from, std::filesystem::path const& to, Writer writer);

}  // namespace moneta::fuzz
