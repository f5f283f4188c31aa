// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace moneta {

/// Element types that Moneta reads and writes; a file may store them in either byte order.
enum class H5Type { int64, int8, uint8, float32, float64, other };

char const* to_string(H5Type type);

template <class T>
inline constexpr H5Type h5_type_of = H5Type::other;
template <>
inline constexpr H5Type h5_type_of<std::int64_t> = H5Type::int64;
template <>
inline constexpr H5Type h5_type_of<std::int8_t> = H5Type::int8;
template <>
inline constexpr H5Type h5_type_of<std::uint8_t> = H5Type::uint8;
template <>
inline constexpr H5Type h5_type_of<float> = H5Type::float32;
template <>
inline constexpr H5Type h5_type_of<double> = H5Type::float64;

using H5Shape = std::vector<std::size_t>;

/// "[12, 23]"
std::string to_string(H5Shape const& shape);

/// Owns one HDF5 identifier; move-only. The destructor ignores errors.
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
  /// Closes the identifier now; negative if HDF5 fails.
  int reset() noexcept;

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

}  // namespace moneta
