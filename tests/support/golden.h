// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

/// Reads the reference numbers of tests/golden/*.h5 with the plain C API, so that what is tested
/// does not read its own reference. Link hdf5::hdf5. Everything throws if something is missing.
namespace moneta::golden {

/// An array of the reference, whatever its stored type, in double; row-major.
struct Array {
  std::vector<std::size_t> shape;
  std::vector<double> values;
};

/// An HDF5 handle that closes itself.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), std::string const& what) : id_(id), close_(close) {
    if (id_ < 0) throw std::runtime_error("golden file: cannot open " + what);
  }
  Handle(Handle const&) = delete;
  Handle& operator=(Handle const&) = delete;
  ~Handle() { close_(id_); }
  hid_t get() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

inline Handle open_file(std::string const& file) {
  return Handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, file);
}

inline void require_read(herr_t status, std::string const& what) {
  if (status < 0) throw std::runtime_error("golden file: cannot read " + what);
}

inline std::vector<std::size_t> shape_of(Handle const& space) {
  std::vector<hsize_t> extents(
      static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.get()))));
  if (!extents.empty()) H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  return {extents.begin(), extents.end()};
}

inline std::size_t element_count(std::vector<std::size_t> const& shape) {
  std::size_t count = 1;
  for (std::size_t const extent : shape) count *= extent;
  return count;
}

/// The dataset `path` ("1m/features") of `file`.
inline Array read_golden(std::string const& file, std::string const& path) {
  std::string const what = file + ":" + path;
  Handle const opened = open_file(file);
  Handle const dataset(H5Dopen2(opened.get(), path.c_str(), H5P_DEFAULT), H5Dclose, what);
  Handle const space(H5Dget_space(dataset.get()), H5Sclose, what);
  Array array{shape_of(space), {}};
  array.values.resize(element_count(array.shape));
  require_read(
      H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()),
      what);
  return array;
}

/// The numbers of the attribute `name` of the group or dataset `path` ("/" for the file itself);
/// one number for a scalar.
inline std::vector<double> read_golden_attribute(std::string const& file, std::string const& path,
                                                 std::string const& name) {
  std::string const what = file + ":" + path + "@" + name;
  Handle const opened = open_file(file);
  Handle const attribute(
      H5Aopen_by_name(opened.get(), path.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      what);
  Handle const space(H5Aget_space(attribute.get()), H5Sclose, what);
  std::vector<double> values(element_count(shape_of(space)));
  require_read(H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, values.data()), what);
  return values;
}

/// The texts of the attribute `name` (strings of variable length, as h5py writes them).
inline std::vector<std::string> read_golden_texts(std::string const& file, std::string const& path,
                                                  std::string const& name) {
  std::string const what = file + ":" + path + "@" + name;
  Handle const opened = open_file(file);
  Handle const attribute(
      H5Aopen_by_name(opened.get(), path.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      what);
  Handle const space(H5Aget_space(attribute.get()), H5Sclose, what);
  Handle const type(H5Aget_type(attribute.get()), H5Tclose, what);
  if (H5Tis_variable_str(type.get()) <= 0) throw std::runtime_error(what + " is no text");
  std::vector<char*> letters(element_count(shape_of(space)));
  require_read(H5Aread(attribute.get(), type.get(), letters.data()), what);
  std::vector<std::string> texts(letters.begin(), letters.end());
  H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, letters.data());
  return texts;
}

/// Names of the members of the group `path` ("/" for the top), in alphabetical order.
inline std::vector<std::string> list_golden(std::string const& file, std::string const& path) {
  std::string const what = file + ":" + path;
  Handle const opened = open_file(file);
  Handle const group(H5Gopen2(opened.get(), path.c_str(), H5P_DEFAULT), H5Gclose, what);
  std::vector<std::string> names;
  auto const keep = [](hid_t, char const* name, H5L_info_t const*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  require_read(H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, keep, &names), what);
  return names;
}

}  // namespace moneta::golden
