// SPDX-License-Identifier: Apache-2.0
#include <hdf5.h>

#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "base/error.h"
#include "io/h5.h"
#include "io/h5_check.h"

namespace moneta {
namespace {

std::size_t product(H5Shape const& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

/// Nothing if it is above `most`.
std::optional<std::size_t> product(H5Shape const& shape, std::size_t most) {
  std::size_t result = 1;
  for (auto const size : shape) {
    if (size != 0 && result > most / size) return std::nullopt;
    result *= size;
  }
  return result;
}

/// What the dataset's file can hold, packed as well as deflate can (1032 to 1) and more; a little
/// is granted to every file, as what was never written takes no room.
std::size_t most_bytes(hid_t dataset) {
  constexpr std::size_t granted = std::size_t{64} << 20, packed = 1100;
  H5Handle const file(H5Iget_file_id(dataset), H5Fclose);
  hsize_t size = 0;
  return H5Fget_filesize(file.id(), &size) < 0 ? granted : granted + packed * size;
}

bool lies_elsewhere(hid_t dataset) {
  H5Handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  return H5Pget_external_count(properties.id()) > 0 ||
         H5Pget_layout(properties.id()) == H5D_VIRTUAL;
}

}  // namespace

H5Dataset::H5Dataset(H5Handle handle, std::string file, std::string name)
    : handle_(std::move(handle)), file_(std::move(file)), name_(std::move(name)) {
  MONETA_REQUIRE(
      !lies_elsewhere(handle_.id()), data,
      "'{}', dataset '{}' keeps its numbers in other files (a shard must be complete in itself). Copy them in with h5repack?",
      file_, name_);
  H5Handle const type(H5Dget_type(handle_.id()), H5Tclose);
  H5Handle const space(H5Dget_space(handle_.id()), H5Sclose);
  MONETA_H5(type.id() >= 0 && space.id() >= 0, data, "cannot read '{}', dataset '{}'", file_,
            name_);
  type_ = h5_element_type(type.id());
  auto const rank = H5Sget_simple_extent_ndims(space.id());
  MONETA_H5(rank >= 0, data, "cannot read '{}', dataset '{}'", file_, name_);
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr);
  shape_.assign(sizes.begin(), sizes.end());
}

void H5Dataset::expect(H5Type type, H5Shape const& shape) const {
  MONETA_REQUIRE(type_ == type, data, "'{}', dataset '{}' holds {} ({} is needed)", file_, name_,
                 to_string(type_), to_string(type));
  MONETA_REQUIRE(shape_ == shape, data, "'{}', dataset '{}' has shape {} ({} is needed)", file_,
                 name_, to_string(shape_), to_string(shape));
}

template <class T>
void H5Dataset::read_all(std::vector<T>& values) const {
  h5_trace(name_);
  auto const most = most_bytes(handle_.id()) / sizeof(T);
  MONETA_REQUIRE(
      product(shape_, most).has_value(), data,
      "'{}', dataset '{}' says it has shape {} (more than a file of this size can hold). Copy it again from where it came?",
      file_, name_, to_string(shape_));
  values.resize(*product(shape_, most));
  read_block(H5Shape(shape_.size(), 0), shape_, h5_type_of<T>, values.data(), values.size());
}
template void H5Dataset::read_all(std::vector<std::int64_t>&) const;
template void H5Dataset::read_all(std::vector<std::uint8_t>&) const;
template void H5Dataset::read_all(std::vector<float>&) const;
template void H5Dataset::read_all(std::vector<double>&) const;

/// A selection of the block in a dataset, checked against its shape.
static H5Handle select_block(std::int64_t dataset, H5Shape const& shape, H5Shape const& start,
                             H5Shape const& count, std::size_t size) {
  bool inside = start.size() == shape.size() && count.size() == shape.size();
  for (std::size_t i = 0; inside && i < shape.size(); ++i) {
    inside = start[i] <= shape[i] && count[i] <= shape[i] - start[i];
  }
  MONETA_REQUIRE(inside && product(count) == size, internal,
                 "block {} + {} of {} elements does not fit a dataset of shape {}",
                 to_string(start), to_string(count), size, to_string(shape));
  H5Handle space(H5Dget_space(dataset), H5Sclose);
  if (shape.empty()) return space;
  H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, h5_sizes(start).data(), nullptr,
                      h5_sizes(count).data(), nullptr);
  return space;
}

void H5Dataset::read_block(H5Shape const& start, H5Shape const& count, H5Type type, void* into,
                           std::size_t size) const {
  MONETA_REQUIRE(type_ == type, data, "'{}', dataset '{}' holds {} ({} is needed)", file_, name_,
                 to_string(type_), to_string(type));
  H5Handle const from = select_block(handle_.id(), shape_, start, count, size);
  if (size == 0) return;
  h5_trace(name_);
  hsize_t const total = size;
  H5Handle const memory(H5Screate_simple(1, &total, nullptr), H5Sclose);
  auto const status =
      H5Dread(handle_.id(), h5_memory_type(type), memory.id(), from.id(), H5P_DEFAULT, into);
  MONETA_H5(status >= 0, data, "cannot read '{}', dataset '{}'", file_, name_);
}

void H5Dataset::write_block(H5Shape const& start, H5Shape const& count, H5Type type,
                            void const* from, std::size_t size) const {
  H5Handle const into = select_block(handle_.id(), shape_, start, count, size);
  hsize_t const total = size;
  H5Handle const memory(H5Screate_simple(1, &total, nullptr), H5Sclose);
  auto const status =
      H5Dwrite(handle_.id(), h5_memory_type(type), memory.id(), into.id(), H5P_DEFAULT, from);
  MONETA_H5(status >= 0, disk, "cannot write '{}', dataset '{}'", file_, name_);
}

}  // namespace moneta
