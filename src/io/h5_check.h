// SPDX-License-Identifier: Apache-2.0
#pragma once

// Shared by the HDF5 files of this folder; the only header that exposes HDF5's own types.

#include <hdf5.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "io/h5_types.h"

namespace moneta {

/// Stops HDF5 from printing errors in the calling thread.
void h5_silence();

/// HDF5's innermost reason for the latest failure in this thread.
std::string h5_reason();

/// Access properties (H5P_LINK_ACCESS or H5P_DATASET_ACCESS) for opening objects that follow no
/// link into another file.
H5Handle h5_within_file(hid_t property_class);

/// Throws Error (internal) for H5Type::other.
hid_t h5_memory_type(H5Type type);
hid_t h5_file_type(H5Type type);
H5Type h5_element_type(hid_t type);

/// UTF-8 of variable length. HDF5 stores it in its global heap, the only part of our files without
/// a checksum.
H5Handle h5_text_type();
/// The texts as HDF5 takes them; they must outlive the result.
std::vector<char const*> h5_pointers(std::vector<std::string> const& texts);

inline std::vector<hsize_t> h5_sizes(H5Shape const& shape) { return {shape.begin(), shape.end()}; }

}  // namespace moneta

/// Throws an Error of `kind` unless `condition` holds. The message is the formatted text followed
/// by HDF5's reason in parentheses.
#define MONETA_H5(condition, kind, ...)                                                       \
  do {                                                                                        \
    if (!(condition)) [[unlikely]] {                                                          \
      auto const moneta_reason = ::moneta::h5_reason();                                       \
      throw ::moneta::Error(::moneta::ErrorKind::kind,                                        \
                            fmt::format("{} ({})", fmt::format(__VA_ARGS__), moneta_reason)); \
    }                                                                                         \
  } while (0)
