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

namespace moneta {

/// The safetensors format: 8 bytes header length (little endian), a JSON header, then the data of
/// all tensors without a gap. https://huggingface.co/docs/safetensors

/// A tensor to be written; its bytes belong to the caller.
struct TensorView {
  std::string name;
  std::string dtype;  ///< "F32", "I64", ...
  std::vector<std::size_t> shape;
  std::span<std::byte const> bytes;  ///< row-major, little endian
};

/// Metadata of a file, in the order of the keys.
using TensorMetadata = std::map<std::string, std::string>;

/// Commits a file, read back and compared (commit_bytes_verified); the same arguments give the same
/// bytes. Returns its SHA-256. Nothing of the size of the data is allocated. Throws Error
/// (internal) if a view's size does not match its shape or a name is given twice, Error (disk).
std::string write_safetensors(std::filesystem::path const& path, TensorMetadata const& metadata,
                              std::span<TensorView const> tensors);

/// A tensor of a file.
struct TensorEntry {
  std::string name;
  std::string dtype;
  std::vector<std::size_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes from the start of the data
  std::size_t elements = 0;
};

/// A file opened for reading. Whatever a file says is checked before it is believed: all defects
/// are Error (data) naming the file and the tensor.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(std::filesystem::path const& path);
  SafetensorsFile(SafetensorsFile const&) = delete;
  SafetensorsFile& operator=(SafetensorsFile const&) = delete;
  ~SafetensorsFile();

  TensorMetadata const& metadata() const { return metadata_; }
  /// In the order of their data.
  std::vector<TensorEntry> const& tensors() const { return tensors_; }
  TensorEntry const* find(std::string const& name) const;  ///< null if there is none

  /// The bytes of a tensor of `tensors()`; `bytes` has its size.
  void read(TensorEntry const& tensor, std::span<std::byte> bytes) const;
  /// The same for float32. Throws Error (data) if the tensor has another type.
  void read(TensorEntry const& tensor, std::span<float> values) const;

 private:
  void read_header(std::string_view header);
  void check_data(std::uint64_t data_bytes) const;
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;

  std::filesystem::path path_;
  int file_ = -1;
  std::uint64_t data_start_ = 0;
  TensorMetadata metadata_;
  std::vector<TensorEntry> tensors_;
};

}  // namespace moneta
