// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the HDF5 files of this folder share; the only header that shows HDF5's own types.

#include <hdf5.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "io/h5.h"

namespace moneta {

/// Switches HDF5's printing of errors off for the calling thread.
void h5_silence();

/// HDF5's innermost reason for the latest failure of this thread.
std::string h5_reason();

/// Notes what is being read, see h5_leave_trace.
void h5_trace(std::string const& name);

/// Properties to open objects with (H5P_LINK_ACCESS or H5P_DATASET_ACCESS) that follow no link into
/// another file.
H5Handle h5_within_file(hid_t property_class);

hid_t h5_memory_type(H5Type type);
hid_t h5_file_type(H5Type type);
H5Type h5_element_type(hid_t type);

inline std::vector<hsize_t> h5_sizes(H5Shape const& shape) { return {shape.begin(), shape.end()}; }

}  // namespace moneta

/// Throws Error(ErrorKind::kind, parts..., HDF5's reason) unless `condition` holds.
#define MONETA_H5(condition, kind, ...)                                                       \
  do {                                                                                        \
    if (!(condition)) [[unlikely]] {                                                          \
      auto const moneta_reason = ::moneta::h5_reason();                                       \
      throw ::moneta::Error(::moneta::ErrorKind::kind,                                        \
                            fmt::format("{} ({})", fmt::format(__VA_ARGS__), moneta_reason)); \
    }                                                                                         \
  } while (0)
