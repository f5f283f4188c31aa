// SPDX-License-Identifier: Apache-2.0
#include "fuzz/other_writers.h"

#include <hdf5.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace moneta::fuzz {
namespace {

/// Checks an identifier or status of HDF5. Identifiers are closed with the file.
hid_t checked(hid_t id) {
  if (id < 0) throw std::runtime_error("HDF5 cannot copy a shard");
  return id;
}

struct Copy {
  hid_t from, to;
  Writer writer;
};

herr_t copy_attribute(hid_t from, char const* name, H5A_info_t const*, void* context) {
  hid_t const object = *static_cast<hid_t const*>(context);
  hid_t const read = checked(H5Aopen(from, name, H5P_DEFAULT));
  hid_t const type = checked(H5Aget_type(read)), space = checked(H5Aget_space(read));
  bool const is_text = H5Tget_class(type) == H5T_STRING;
  // References belong to dimension scales, which are not copied.
  if (!is_text && H5Tget_class(type) != H5T_INTEGER) return 0;
  auto const count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  std::string values(H5Tget_size(type) * count, '\0');
  checked(H5Aread(read, type, values.data()));
  hid_t const made = checked(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
  checked(H5Awrite(made, type, values.data()));
  return 0;
}

void copy_attributes(hid_t from, hid_t to) {
  checked(H5Aiterate2(from, H5_INDEX_NAME, H5_ITER_INC, nullptr, copy_attribute, &to));
}

hid_t storage(hid_t space, Writer writer, std::size_t bytes) {
  hid_t const properties = checked(H5Pcreate(H5P_DATASET_CREATE));
  if (writer == Writer::unpacked) {
    if (bytes < 1000) H5Pset_layout(properties, H5D_COMPACT);
    return properties;
  }
  std::vector<hsize_t> shape(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  shape[0] = std::max<hsize_t>(1, shape[0] / 3);  // several chunks need an index
  H5Pset_chunk(properties, static_cast<int>(shape.size()), shape.data());
  H5Pset_shuffle(properties);
  H5Pset_deflate(properties, 1);
  if (writer == Writer::newest) H5Pset_attr_phase_change(properties, 0, 0);
  return properties;
}

void copy_dataset(Copy const& copy, char const* name) {
  hid_t const from = checked(H5Dopen2(copy.from, name, H5P_DEFAULT));
  hid_t const type = checked(H5Dget_type(from)), space = checked(H5Dget_space(from));
  std::vector<char> values(H5Tget_size(type) *
                           static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  checked(H5Dread(from, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  hid_t const to = checked(H5Dcreate2(copy.to, name, type, space, H5P_DEFAULT,
                                      storage(space, copy.writer, values.size()), H5P_DEFAULT));
  checked(H5Dwrite(to, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  copy_attributes(from, to);
}

void copy_group(Copy const& copy, char const* name) {
  hid_t const from = checked(H5Gopen2(copy.from, name, H5P_DEFAULT));
  hid_t const properties = checked(H5Pcreate(H5P_GROUP_CREATE));
  if (copy.writer == Writer::newest) {
    H5Pset_link_phase_change(properties, 0, 0);
    H5Pset_attr_phase_change(properties, 0, 0);
  }
  copy_attributes(from, checked(H5Gcreate2(copy.to, name, H5P_DEFAULT, properties, H5P_DEFAULT)));
}

herr_t copy_object(hid_t, char const* name, H5O_info_t const* object, void* context) {
  auto const& copy = *static_cast<Copy const*>(context);
  if (std::string(name) == ".") return 0;
  if (object->type == H5O_TYPE_GROUP) copy_group(copy, name);
  if (object->type == H5O_TYPE_DATASET) copy_dataset(copy, name);
  return 0;
}

}  // namespace

void copy_as(std::filesystem::path const& from, std::filesystem::path const& to, Writer writer) {
  hid_t const access = checked(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  Copy copy{checked(H5Fopen(from.c_str(), H5F_ACC_RDONLY, access)), -1, writer};
  if (writer == Writer::newest) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  copy.to = checked(H5Fcreate(to.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access));
  copy_attributes(copy.from, copy.to);
  checked(H5Ovisit(copy.from, H5_INDEX_NAME, H5_ITER_INC, copy_object, &copy));
  H5Fclose(copy.to);
  H5Fclose(copy.from);
  H5Pclose(access);
}

}  // namespace moneta::fuzz
