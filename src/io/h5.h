// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace moneta {

/// Element types that Moneta reads and writes; a file may hold them in either byte order.
enum class H5Type { int64, uint8, float32, float64, other };

char const* to_string(H5Type type);

template <class T>
inline constexpr H5Type h5_type_of = H5Type::other;
template <>
inline constexpr H5Type h5_type_of<std::int64_t> = H5Type::int64;
template <>
inline constexpr H5Type h5_type_of<std::uint8_t> = H5Type::uint8;
template <>
inline constexpr H5Type h5_type_of<float> = H5Type::float32;
template <>
inline constexpr H5Type h5_type_of<double> = H5Type::float64;

using H5Shape = std::vector<std::size_t>;

/// "[12, 23]"
std::string to_string(H5Shape const& shape);

/// Has `memory` name, zero at its end, the object that is being read; an empty span ends that. In
/// memory that is shared, a process that HDF5 takes down leaves it for the one that started it.
void h5_leave_trace(std::span<char> memory);

/// Owns one HDF5 identifier; move-only, closes it quietly.
class H5Handle {
 public:
  using Close = int (*)(std::int64_t);
  H5Handle() = default;
  H5Handle(std::int64_t id, Close close) : id_(id), close_(close) {}
  H5Handle(H5Handle const&) = delete;
  H5Handle& operator=(H5Handle const&) = delete;
  H5Handle(H5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  H5Handle& operator=(H5Handle&& other) noexcept;
  ~H5Handle() { (void)reset(); }

  std::int64_t id() const { return id_; }
  /// Closes now; negative if HDF5 could not.
  int reset() noexcept;

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

/// One array of an open file, which must outlive it. Errors are Error (data) when reading and
/// Error (disk) when writing, and name file and dataset.
class H5Dataset {
 public:
  H5Type type() const { return type_; }
  H5Shape const& shape() const { return shape_; }
  std::string const& name() const { return name_; }
  std::string const& file() const { return file_; }
  /// Throws Error (data) unless type and shape are as given.
  void expect(H5Type type, H5Shape const& shape) const;

  /// Reads the block of `count` elements from `start` on, an entry per axis.
  template <class T>
  void read(H5Shape const& start, H5Shape const& count, std::span<T> into) const {
    read_block(start, count, h5_type_of<T>, into.data(), into.size());
  }
  /// Reads all of it.
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
  template <class T>
  void write(std::span<T const> all) const {
    write(H5Shape(shape_.size(), 0), shape_, all);
  }

 private:
  friend class H5File;
  H5Dataset(H5Handle handle, std::string file, std::string name);
  template <class T>
  void read_all(std::vector<T>& values) const;
  void read_block(H5Shape const& start, H5Shape const& count, H5Type type, void* into,
                  std::size_t size) const;
  void write_block(H5Shape const& start, H5Shape const& count, H5Type type, void const* from,
                   std::size_t size) const;

  H5Handle handle_;
  std::string file_, name_;
  H5Type type_ = H5Type::other;
  H5Shape shape_;
};

/// An HDF5 file. HDF5's own printing of errors is off; every failure is an Error that names the
/// file, the object and HDF5's reason: (data) for reading, (disk) for writing. Nothing is read from
/// another file, whatever this one says.
class H5File {
 public:
  /// For reading, without file locks (they fail on NFS and Lustre).
  static H5File open(std::filesystem::path const& path);
  /// For writing, in memory: nothing touches the disk, `path` only names it in errors. Without
  /// time stamps inside and with checksums on its metadata (HDF5 >= 1.8 reads it).
  static H5File create_in_memory(std::filesystem::path const& path);
  /// The bytes of the file as it is now; for files made in memory.
  std::vector<std::byte> image() const;

  std::string const& path() const { return path_; }
  /// True if there is an object (or a link to one) of that name: "/1m/time".
  bool has(std::string const& name) const;
  H5Dataset dataset(std::string const& name) const;

  void create_group(std::string const& name) const;
  /// A dataset in chunks of `chunk` elements per axis (cut to the shape), shuffled, with a
  /// checksum (fletcher32) for every chunk; `deflate` 0 is uncompressed. No axis may be empty.
  H5Dataset create_dataset(std::string const& name, H5Type type, H5Shape const& shape,
                           H5Shape const& chunk, unsigned deflate = 0) const;

  /// Attributes of the object `name` ("/" is the root).
  bool has_attribute(std::string const& name, std::string const& attribute) const;
  std::string read_text(std::string const& name, std::string const& attribute) const;
  std::vector<std::string> read_texts(std::string const& name, std::string const& attribute) const;
  std::int64_t read_integer(std::string const& name, std::string const& attribute) const;
  void set_text(std::string const& name, std::string const& attribute,
                std::string const& value) const;
  void set_texts(std::string const& name, std::string const& attribute,
                 std::vector<std::string> const& values) const;
  void set_integer(std::string const& name, std::string const& attribute, std::int64_t value) const;

  /// Makes a one-dimensional dataset the scale of an axis (HDF5 dimension scales).
  void make_scale(H5Dataset const& scale, std::string const& label) const;
  void attach_scale(H5Dataset const& dataset, unsigned axis, H5Dataset const& scale) const;
  /// Names an axis.
  void label_axis(H5Dataset const& dataset, unsigned axis, std::string const& label) const;

 private:
  H5File(H5Handle handle, std::string path) : handle_(std::move(handle)), path_(std::move(path)) {}
  H5Handle open_object(std::string const& name) const;
  H5Handle open_attribute(std::string const& name, std::string const& attribute) const;
  void read_scalar(std::string const& name, std::string const& attribute, H5Type type,
                   void* into) const;
  void write_attribute(std::string const& name, std::string const& attribute, std::int64_t type,
                       std::size_t count, void const* values) const;

  H5Handle handle_;
  std::string path_;
};

}  // namespace moneta
