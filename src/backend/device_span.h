// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstddef>
#include <type_traits>

#include "base/shape.h"

namespace moneta {

/// A view of `size` elements in the memory of a backend; the host must not index them.
template <class T>
class DeviceSpan {
 public:
  DeviceSpan() = default;
  DeviceSpan(T* data, std::size_t size) : data_(data), size_(size) {}
  operator DeviceSpan<T const>() const  // NOLINT(google-explicit-constructor): as std::span
      requires(!std::is_const_v<T>) {
    return {data_, size_};
  }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  DeviceSpan subspan(std::size_t offset, std::size_t count) const {
    assert(offset + count <= size_);
    return {data_ + offset, count};
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A view of activations in the memory of a backend, whose type is chosen at run time.
struct Activations {
  void* data = nullptr;
  std::size_t size = 0;  ///< elements
  Precision precision = Precision::f32;
};

}  // namespace moneta
