// SPDX-License-Identifier: Apache-2.0
#include "io/h5_dataset.h"

#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "base/error.h"
#include "io/checksum.h"
#include "io/h5_check.h"
#include "io/h5_trace.h"

namespace moneta {
namespace {

// Chunks are stored as they are in memory, and their checksums as well.
static_assert(std::endian::native == std::endian::little);

std::size_t product(H5Shape const& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

/// The product, or nothing if it is above `most`.
std::optional<std::size_t> product(H5Shape const& shape, std::size_t most) {
  std::size_t result = 1;
  for (auto const size : shape) {
    if (size != 0 && result > most / size) return std::nullopt;
    result *= size;
  }
  return result;
}

/// The most bytes that a dataset of this file can have: its size, unpacked at a ratio above that of
/// deflate (1032 to 1), and an allowance, as chunks that were never written take no space.
std::size_t most_bytes(hid_t dataset) {
  constexpr std::size_t allowance = std::size_t{64} << 20, ratio = 1100;
  H5Handle const file(H5Iget_file_id(dataset), H5Fclose);
  hsize_t size = 0;
  return H5Fget_filesize(file.id(), &size) < 0 ? allowance : allowance + ratio * size;
}

bool is_stored_elsewhere(hid_t dataset) {
  H5Handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  return H5Pget_external_count(properties.id()) > 0 ||
         H5Pget_layout(properties.id()) == H5D_VIRTUAL;
}

}  // namespace

H5Dataset::H5Dataset(H5Handle handle, std::string file, std::string name)
    : handle_(std::move(handle)), file_(std::move(file)), name_(std::move(name)) {
  MONETA_REQUIRE(
      !is_stored_elsewhere(handle_.id()), data,
      "'{}', dataset '{}' keeps its numbers in other files (a shard must be complete in itself). Copy them into it with h5repack?",
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
  MONETA_REQUIRE(type_ == type, data, "'{}', dataset '{}' has type {} ({} is needed)", file_, name_,
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
      "'{}', dataset '{}' claims shape {} (more than a file of this size can hold). Copy the file again from its source?",
      file_, name_, to_string(shape_));
  values.resize(*product(shape_, most));
  read_block(H5Shape(shape_.size(), 0), shape_, h5_type_of<T>, values.data(), values.size());
}
template void H5Dataset::read_all(std::vector<std::int64_t>&) const;
template void H5Dataset::read_all(std::vector<std::int8_t>&) const;
template void H5Dataset::read_all(std::vector<std::uint8_t>&) const;
template void H5Dataset::read_all(std::vector<float>&) const;
template void H5Dataset::read_all(std::vector<double>&) const;

/// Selects the block in a dataset; throws Error (internal) if it does not fit the shape.
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
  MONETA_REQUIRE(type_ == type, data, "'{}', dataset '{}' has type {} ({} is needed)", file_, name_,
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

/// Gives HDF5 the chunks as its filter would store them, each with its checksum: five times as fast
/// as HDF5's own way. The part of the last chunk beyond the array is zero.
void H5Dataset::write_chunks(H5Type type, std::span<std::byte const> all) const {
  H5Handle const properties(H5Dget_create_plist(handle_.id()), H5Pclose);
  std::vector<hsize_t> chunk(shape_.size());
  auto const rank = static_cast<int>(chunk.size());
  bool const chunked = H5Pget_chunk(properties.id(), rank, chunk.data()) == rank;
  auto const row_bytes = product(shape_) / shape_[0] * H5Tget_size(h5_memory_type(type));
  bool const fits = chunked && type == type_ && all.size() == shape_[0] * row_bytes &&
                    std::equal(chunk.begin() + 1, chunk.end(), shape_.begin() + 1);
  MONETA_REQUIRE(fits, internal, "{} bytes do not fit the chunks of a dataset of shape {}",
                 all.size(), to_string(shape_));
  auto const chunk_bytes = static_cast<std::size_t>(chunk[0]) * row_bytes;
  std::vector<std::byte> stored(chunk_bytes + sizeof(std::uint32_t));
  std::vector<hsize_t> start(shape_.size(), 0);
  for (; !all.empty(); start[0] += chunk[0]) {
    auto const used = std::min(chunk_bytes, all.size());
    std::copy_n(all.begin(), used, stored.begin());
    std::fill(stored.begin() + static_cast<std::ptrdiff_t>(used), stored.end(), std::byte{0});
    auto const checksum = fletcher32(std::span(stored).first(chunk_bytes));
    std::memcpy(stored.data() + chunk_bytes, &checksum, sizeof checksum);
    MONETA_H5(H5Dwrite_chunk(handle_.id(), H5P_DEFAULT, 0, start.data(), stored.size(),
                             stored.data()) >= 0,
              disk, "cannot write '{}', dataset '{}'", file_, name_);
    all = all.subspan(used);
  }
}

void H5Dataset::make_scale(std::string const& label) const {
  MONETA_H5(H5DSset_scale(handle_.id(), label.c_str()) >= 0, disk,
            "cannot write '{}', dimension scale '{}'", file_, name_);
}

void H5Dataset::attach_scale(unsigned axis, H5Dataset const& scale) const {
  MONETA_H5(H5DSattach_scale(handle_.id(), scale.handle_.id(), axis) >= 0, disk,
            "cannot write '{}', dimension scale of '{}'", file_, name_);
}

void H5Dataset::label_axis(unsigned axis, std::string const& label) const {
  MONETA_H5(H5DSset_label(handle_.id(), axis, label.c_str()) >= 0, disk,
            "cannot write '{}', axis label of '{}'", file_, name_);
}

}  // namespace moneta
