// SPDX-License-Identifier: Apache-2.0
#include "io/h5.h"

#include <hdf5.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "io/h5_check.h"
#include "io/h5_trace.h"

namespace moneta {

namespace {

/// Opens a dataset with a cache that holds a whole chunk; otherwise every small read would unpack
/// the chunk again.
H5Handle open_with_cache(hid_t file, std::string const& name) {
  H5Handle const access = h5_within_file(H5P_DATASET_ACCESS);
  H5Handle handle(H5Dopen2(file, name.c_str(), access.id()), H5Dclose);
  if (handle.id() < 0) return handle;
  H5Handle const properties(H5Dget_create_plist(handle.id()), H5Pclose);
  if (H5Pget_layout(properties.id()) != H5D_CHUNKED) return handle;
  std::vector<hsize_t> chunk(H5S_MAX_RANK, 1);
  if (H5Pget_chunk(properties.id(), H5S_MAX_RANK, chunk.data()) < 0) return handle;
  H5Handle const type(H5Dget_type(handle.id()), H5Tclose);
  auto const bytes =
      std::accumulate(chunk.begin(), chunk.end(), H5Tget_size(type.id()), std::multiplies<>());
  if (bytes <= std::size_t{1} << 20 || bytes > std::size_t{256} << 20) return handle;
  H5Pset_chunk_cache(access.id(), 101, bytes, 1.0);
  return H5Handle(H5Dopen2(file, name.c_str(), access.id()), H5Dclose);
}

}  // namespace

H5File H5File::open(std::filesystem::path const& path) {
  h5_silence();
  H5Handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.id(), false, true);
  H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
  H5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  MONETA_H5(file.id() >= 0, data, "cannot open '{}' as an HDF5 file", path.string());
  return H5File(std::move(file), path.string());
}

H5File H5File::create_in_memory(std::filesystem::path const& path) {
  h5_silence();
  H5Handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
  // The format of HDF5 1.8 has checksums on its metadata, and every tool can read it.
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18);
  auto image = std::make_unique<H5Image>();
  MONETA_H5(image->set_up(access.id()), disk, "cannot create '{}'", path.string());
  H5Handle const properties(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_obj_track_times(properties.id(), false);
  H5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, properties.id(), access.id()), H5Fclose);
  MONETA_H5(file.id() >= 0, disk, "cannot create '{}'", path.string());
  H5File created(std::move(file), path.string());
  created.image_ = std::move(image);
  return created;
}

std::unique_ptr<H5Image const> H5File::close() && {
  MONETA_REQUIRE(image_, internal, "'{}' was not created in memory", path_);
  MONETA_H5(handle_.reset() >= 0, disk, "cannot write '{}'", path_);
  return std::move(image_);
}

bool H5File::has(std::string const& name) const {
  h5_trace(name);
  H5Handle const access = h5_within_file(H5P_LINK_ACCESS);
  for (auto slash = name.find('/', 1);; slash = name.find('/', slash + 1)) {
    auto const part = name.substr(0, slash);
    H5L_info_t info{};
    if (part != "/" && (H5Lexists(handle_.id(), part.c_str(), access.id()) <= 0 ||
                        H5Lget_info(handle_.id(), part.c_str(), &info, access.id()) < 0)) {
      return false;
    }
    MONETA_REQUIRE(
        info.type < H5L_TYPE_UD_MIN, data,
        "'{}', object '{}' is a link into another file (a shard must be complete in itself). Copy the object into this file with h5copy?",
        path_, part);
    if (slash == std::string::npos) return true;
  }
}

H5Dataset H5File::dataset(std::string const& name) const {
  MONETA_REQUIRE(has(name), data, "'{}' has no dataset '{}'", path_, name);
  H5Handle handle = open_with_cache(handle_.id(), name);
  MONETA_H5(handle.id() >= 0, data, "cannot read '{}', dataset '{}'", path_, name);
  return H5Dataset(std::move(handle), path_, name);
}

H5Attributes H5File::attributes(std::string const& name) const {
  h5_trace(name);
  H5Handle const access = h5_within_file(H5P_LINK_ACCESS);
  H5Handle object(H5Oopen(handle_.id(), name.c_str(), access.id()), H5Oclose);
  MONETA_H5(object.id() >= 0, data, "cannot read '{}', object '{}'", path_, name);
  return H5Attributes(std::move(object), path_, name);
}

void H5File::create_group(std::string const& name) const {
  H5Handle const properties(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  H5Pset_obj_track_times(properties.id(), false);
  H5Handle const group(
      H5Gcreate2(handle_.id(), name.c_str(), H5P_DEFAULT, properties.id(), H5P_DEFAULT), H5Gclose);
  MONETA_H5(group.id() >= 0, disk, "cannot write '{}', group '{}'", path_, name);
}

namespace {

/// Sets the fill value, which is read in place of a chunk that the file has lost, to a value that
/// our readers reject. HDF5's default of zero would look like a minute without a change.
bool set_fill(hid_t properties, H5Type type) {
  float const single = std::numeric_limits<float>::quiet_NaN();
  double const number = std::numeric_limits<double>::quiet_NaN();
  std::int64_t const integer = std::numeric_limits<std::int64_t>::min();
  std::uint8_t const byte = 0xff;  // -1 as int8
  void const* value = &byte;
  if (type == H5Type::float32) value = &single;
  if (type == H5Type::float64) value = &number;
  if (type == H5Type::int64) value = &integer;
  return H5Pset_fill_value(properties, h5_memory_type(type), value) >= 0;
}

}  // namespace

H5Dataset H5File::create_dataset(std::string const& name, H5Type type, H5Shape const& shape,
                                 H5Shape const& chunk) const {
  std::vector<hsize_t> pieces = h5_sizes(chunk);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i] = std::min<hsize_t>(pieces[i], shape.at(i));
  }
  auto const rank = static_cast<int>(shape.size());
  H5Handle const space(H5Screate_simple(rank, h5_sizes(shape).data(), nullptr), H5Sclose);
  H5Handle const properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(properties.id(), false);
  bool const ready = set_fill(properties.id(), type) &&
                     H5Pset_chunk(properties.id(), rank, pieces.data()) >= 0 &&
                     H5Pset_fletcher32(properties.id()) >= 0;
  MONETA_H5(ready, disk, "cannot write '{}', dataset '{}'", path_, name);
  H5Handle handle(H5Dcreate2(handle_.id(), name.c_str(), h5_file_type(type), space.id(),
                             H5P_DEFAULT, properties.id(), H5P_DEFAULT),
                  H5Dclose);
  MONETA_H5(handle.id() >= 0, disk, "cannot write '{}', dataset '{}'", path_, name);
  return H5Dataset(std::move(handle), path_, name);
}

H5Dataset H5File::create_texts(std::string const& name,
                               std::vector<std::string> const& texts) const {
  hsize_t const count = texts.size();
  H5Handle const space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  H5Handle const properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(properties.id(), false);
  H5Handle const type = h5_text_type();
  H5Handle handle(H5Dcreate2(handle_.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT,
                             properties.id(), H5P_DEFAULT),
                  H5Dclose);
  MONETA_H5(handle.id() >= 0 && H5Dwrite(handle.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                         h5_pointers(texts).data()) >= 0,
            disk, "cannot write '{}', dataset '{}'", path_, name);
  return H5Dataset(std::move(handle), path_, name);
}

}  // namespace moneta
