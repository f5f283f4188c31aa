// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "io/h5_types.h"

namespace moneta {

/// One array of an open H5File, which must outlive it. Errors are Error (data) when reading and
/// Error (disk) when writing, and name the file and the dataset.
class H5Dataset {
 public:
  H5Type type() const { return type_; }
  H5Shape const& shape() const { return shape_; }
  std::string const& name() const { return name_; }
  std::string const& file() const { return file_; }
  /// Throws Error (data) unless the dataset has this type and shape.
  void expect(H5Type type, H5Shape const& shape) const;

  /// Reads the block of `count` elements from `start` on; both have one entry per axis.
  template <class T>
  void read(H5Shape const& start, H5Shape const& count, std::span<T> into) const {
    read_block(start, count, h5_type_of<T>, into.data(), into.size());
  }
  /// Reads the whole array.
  template <class T>
  std::vector<T> read() const {
    std::vector<T> values;
    read_all(values);
    return values;
  }
  /// Writes the block of `count` elements from `start` on.
  template <class T>
  void write(H5Shape const& start, H5Shape const& count, std::span<T const> from) const {
    write_block(start, count, h5_type_of<T>, from.data(), from.size());
  }
  /// Writes the whole array of a dataset of H5File::create_dataset whose chunks divide only the
  /// first axis.
  template <class T>
  void write(std::span<T const> all) const {
    write_chunks(h5_type_of<T>, std::as_bytes(all));
  }

  /// Makes this one-dimensional dataset a dimension scale, which can then be attached to an axis of
  /// another.
  void make_scale(std::string const& label) const;
  void attach_scale(unsigned axis, H5Dataset const& scale) const;
  void label_axis(unsigned axis, std::string const& label) const;

 private:
  friend class H5File;
  H5Dataset(H5Handle handle, std::string file, std::string name);
  template <class T>
  void read_all(std::vector<T>& values) const;
  void read_block(H5Shape const& start, H5Shape const& count, H5Type type, void* into,
                  std::size_t size) const;
  void write_block(H5Shape const& start, H5Shape const& count, H5Type type, void const* from,
                   std::size_t size) const;
  void write_chunks(H5Type type, std::span<std::byte const> all) const;

  H5Handle handle_;
  std::string file_, name_;
  H5Type type_ = H5Type::other;
  H5Shape shape_;
};

}  // namespace moneta
