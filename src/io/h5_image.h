// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace moneta {

/// The memory in which HDF5 builds a file. HDF5 asks for it byte by byte, so that the file is
/// exactly as long as its contents; this class grows it in large steps, and keeps it when HDF5
/// closes the file. It is neither copied nor moved, because HDF5 has its address.
class H5Image {
 public:
  H5Image() = default;
  H5Image(H5Image const&) = delete;
  H5Image& operator=(H5Image const&) = delete;
  ~H5Image();

  /// Makes HDF5 build the file of these access properties here. This object must outlive the file.
  /// False if HDF5 fails.
  bool set_up(std::int64_t access);
  /// The file, which is complete once HDF5 has closed it.
  std::span<std::byte const> bytes() const { return {memory_, size_}; }

 private:
  /// The memory with at least `size` bytes; null if there is none.
  void* resize(std::size_t size);

  std::byte* memory_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace moneta
