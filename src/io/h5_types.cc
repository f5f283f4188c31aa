// SPDX-License-Identifier: Apache-2.0
#include "io/h5_types.h"

#include <fmt/ranges.h>

namespace moneta {

char const* to_string(H5Type type) {
  switch (type) {
    case H5Type::int64:
      return "int64";
    case H5Type::int8:
      return "int8";
    case H5Type::uint8:
      return "uint8";
    case H5Type::float32:
      return "float32";
    case H5Type::float64:
      return "float64";
    case H5Type::other:
      break;
  }
  return "another type";
}

std::string to_string(H5Shape const& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

H5Handle& H5Handle::operator=(H5Handle&& other) noexcept {
  if (this != &other) {
    (void)reset();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
  }
  return *this;
}

int H5Handle::reset() noexcept {
  auto const id = std::exchange(id_, -1);
  return id >= 0 && close_ != nullptr ? close_(id) : 0;
}

}  // namespace moneta
