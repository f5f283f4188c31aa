// SPDX-License-Identifier: Apache-2.0
#include "fuzz/other_writers.h"

#include <hdf5.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace moneta::fuzz {
namespace {

/// An identifier that HDF5 gave; closed with the file.
hid_t got(hid_t id) {
  if (id < 0) throw std::runtime_error("HDF5 cannot copy a shard");
  return id;
}

struct Copy {
  hid_t from, to;
  Writer writer;
};

void write_texts_of_any_length(hid_t made, hid_t type, hid_t space, std::string& letters) {
  std::size_t const width = H5Tget_size(type);
  auto const count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  std::vector<char*> pointers;
  for (std::size_t i = 0; i < count; ++i) pointers.push_back(letters.data() + i * width);
  hid_t const any_length = got(H5Tcopy(H5T_C_S1));
  H5Tset_size(any_length, H5T_VARIABLE);
  got(H5Awrite(made, any_length, pointers.data()));
}

herr_t copy_attribute(hid_t from, char const* name, H5A_info_t const*, void* context) {
  auto const [object, writer] = *static_cast<std::pair<hid_t, Writer>*>(context);
  hid_t const read = got(H5Aopen(from, name, H5P_DEFAULT));
  hid_t const type = got(H5Aget_type(read)), space = got(H5Aget_space(read));
  bool const is_text = H5Tget_class(type) == H5T_STRING;
  // Lists of references belong to dimension scales, which the copy has none of.
  if (!is_text && H5Tget_class(type) != H5T_INTEGER) return 0;
  auto const count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  std::string values(H5Tget_size(type) * count, '\0');
  got(H5Aread(read, type, values.data()));
  hid_t stored = type;
  bool const any_length = is_text && writer == Writer::old;
  if (any_length) H5Tset_size(stored = got(H5Tcopy(H5T_C_S1)), H5T_VARIABLE);
  hid_t const made = got(H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT));
  if (any_length) {
    write_texts_of_any_length(made, type, space, values);
  } else {
    got(H5Awrite(made, type, values.data()));
  }
  return 0;
}

void copy_attributes(hid_t from, hid_t to, Writer writer) {
  std::pair<hid_t, Writer> context{to, writer};
  got(H5Aiterate2(from, H5_INDEX_NAME, H5_ITER_INC, nullptr, copy_attribute, &context));
}

hid_t storage(hid_t space, Writer writer, std::size_t bytes) {
  hid_t const properties = got(H5Pcreate(H5P_DATASET_CREATE));
  if (writer == Writer::unpacked) {
    if (bytes < 1000) H5Pset_layout(properties, H5D_COMPACT);
    return properties;
  }
  std::vector<hsize_t> shape(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  shape[0] = std::max<hsize_t>(1, shape[0] / 3);  // several chunks: an index of its own
  H5Pset_chunk(properties, static_cast<int>(shape.size()), shape.data());
  H5Pset_shuffle(properties);
  H5Pset_deflate(properties, 1);
  if (writer == Writer::newest) H5Pset_attr_phase_change(properties, 0, 0);
  return properties;
}

void copy_dataset(Copy const& copy, char const* name) {
  hid_t const from = got(H5Dopen2(copy.from, name, H5P_DEFAULT));
  hid_t const type = got(H5Dget_type(from)), space = got(H5Dget_space(from));
  std::vector<char> values(H5Tget_size(type) *
                           static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  got(H5Dread(from, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  hid_t const to = got(H5Dcreate2(copy.to, name, type, space, H5P_DEFAULT,
                                  storage(space, copy.writer, values.size()), H5P_DEFAULT));
  got(H5Dwrite(to, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  copy_attributes(from, to, copy.writer);
}

void copy_group(Copy const& copy, char const* name) {
  hid_t const from = got(H5Gopen2(copy.from, name, H5P_DEFAULT));
  hid_t const properties = got(H5Pcreate(H5P_GROUP_CREATE));
  if (copy.writer == Writer::newest) {
    H5Pset_link_phase_change(properties, 0, 0);
    H5Pset_attr_phase_change(properties, 0, 0);
  }
  copy_attributes(from, got(H5Gcreate2(copy.to, name, H5P_DEFAULT, properties, H5P_DEFAULT)),
                  copy.writer);
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
  hid_t const access = got(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  Copy copy{got(H5Fopen(from.c_str(), H5F_ACC_RDONLY, access)), -1, writer};
  if (writer == Writer::newest) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  copy.to = got(H5Fcreate(to.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access));
  copy_attributes(copy.from, copy.to, writer);
  got(H5Ovisit(copy.from, H5_INDEX_NAME, H5_ITER_INC, copy_object, &copy));
  H5Fclose(copy.to);
  H5Fclose(copy.from);
  H5Pclose(access);
}

}  // namespace moneta::fuzz
