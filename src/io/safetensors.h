// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.h"

namespace moneta {

/// The safetensors format: the length of the header in 8 bytes (little endian), a JSON header, then
/// the data of all tensors without gaps. See https://huggingface.co/docs/safetensors

/// A tensor to write; the caller owns its bytes.
struct TensorView {
  std::string name;
  std::string dtype;  ///< "F32", "I64", ...
  std::vector<std::size_t> shape;
  std::span<std::byte const> bytes;  ///< row-major, little endian
};

/// Metadata of a file, sorted by key.
using TensorMetadata = std::map<std::string, std::string>;

/// Commits a file with commit_bytes_verified and returns its SHA-256. The same arguments give the
/// same bytes. The data are not copied. Throws Error (internal) if the size of a view does not
/// match its shape or a name is given twice, and Error (disk).
std::string write_safetensors(std::filesystem::path const& path, TensorMetadata const& metadata,
                              std::span<TensorView const> tensors);

/// A tensor in a file.
struct TensorEntry {
  std::string name;
  std::string dtype;
  std::vector<std::size_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes from the start of the data
  std::size_t elements = 0;
};

/// A file opened for reading. The whole header is checked; every defect is an Error (data) that
/// names the file and the tensor.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(std::filesystem::path const& path);
  SafetensorsFile(SafetensorsFile const&) = delete;
  SafetensorsFile& operator=(SafetensorsFile const&) = delete;

  TensorMetadata const& metadata() const { return metadata_; }
  /// In the order of their data.
  std::vector<TensorEntry> const& tensors() const { return tensors_; }
  TensorEntry const* find(std::string const& name) const;  ///< null if there is none

  /// Reads the bytes of one of `tensors()`; `bytes` must have its size.
  void read(TensorEntry const& tensor, std::span<std::byte> bytes) const;
  /// Reads a float32 tensor. Throws Error (data) if it has another type.
  void read(TensorEntry const& tensor, std::span<float> values) const;

 private:
  void read_header(std::string_view header);
  void check_data(std::uint64_t data_bytes) const;
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;

  std::filesystem::path path_;
  Descriptor file_;
  std::uint64_t data_start_ = 0;
  TensorMetadata metadata_;
  std::vector<TensorEntry> tensors_;
};

}  // namespace moneta
