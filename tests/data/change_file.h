// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <hdf5.h>

#include <filesystem>

namespace moneta {

/// Opens a shard for `change`, which changes it with HDF5's own functions.
template <class Change>
void change_file(std::filesystem::path const& path, Change const& change) {
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  change(file);
  ASSERT_GE(H5Fclose(file), 0);
}

/// Changes an integer attribute of the root.
inline void set_integer(hid_t file, char const* name, long long value) {
  hid_t const attribute = H5Aopen(file, name, H5P_DEFAULT);
  EXPECT_GE(H5Awrite(attribute, H5T_NATIVE_LLONG, &value), 0);
  H5Aclose(attribute);
}

/// Changes a text attribute of the root.
inline void set_text(hid_t file, char const* name, char const* value) {
  hid_t const attribute = H5Aopen(file, name, H5P_DEFAULT);
  hid_t const type = H5Aget_type(attribute);
  EXPECT_GE(H5Awrite(attribute, type, &value), 0);
  H5Tclose(type);
  H5Aclose(attribute);
}

}  // namespace moneta
