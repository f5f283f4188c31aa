// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/h5_attributes.h"
#include "io/h5_dataset.h"
#include "io/h5_image.h"
#include "io/h5_types.h"

namespace moneta {

/// An HDF5 file. HDF5 itself prints no errors; every failure is an Error that names the file, the
/// object and HDF5's reason: of kind data when reading, of kind disk when writing. Nothing is read
/// from another file, even if this one links to it.
class H5File {
 public:
  /// Opens a file for reading, without file locks (they fail on NFS and Lustre).
  static H5File open(std::filesystem::path const& path);
  /// Creates a file in memory, for writing. Nothing touches the disk; `path` is only its name in
  /// errors. The file contains no time stamps and has checksums on its metadata, and HDF5 1.8 and
  /// later can read it.
  static H5File create_in_memory(std::filesystem::path const& path);
  /// Closes a file that was created in memory, and returns it.
  std::unique_ptr<H5Image const> close() &&;

  std::string const& path() const { return path_; }
  /// Whether there is an object, or a link to one, of that name: "/1m/time".
  bool has(std::string const& name) const;
  H5Dataset dataset(std::string const& name) const;
  /// The attributes of the object `name`; "/" is the root.
  H5Attributes attributes(std::string const& name) const;

  void create_group(std::string const& name) const;
  /// Creates a dataset in chunks of `chunk` elements per axis (limited to the shape), with a
  /// checksum (fletcher32) for every chunk. No axis may be empty.
  H5Dataset create_dataset(std::string const& name, H5Type type, H5Shape const& shape,
                           H5Shape const& chunk) const;
  /// Creates and writes a dataset of one axis with UTF-8 texts of variable length.
  H5Dataset create_texts(std::string const& name, std::vector<std::string> const& texts) const;

 private:
  H5File(H5Handle handle, std::string path) : handle_(std::move(handle)), path_(std::move(path)) {}

  std::unique_ptr<H5Image> image_;  // before the handle, because it must outlive the file
  H5Handle handle_;
  std::string path_;
};

}  // namespace moneta
