// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/backend.h"
#include "base/philox.h"

namespace moneta {

/// An array in the memory of a backend.
template <class T>
class OnDevice {
 public:
  OnDevice(Backend& backend, std::vector<T> const& values)
      : backend_(backend),
        size_(values.size()),
        memory_(backend.allocate(values.size() * sizeof(T))) {
    backend.upload(memory_->data(), values.data(), values.size() * sizeof(T));
  }
  DeviceSpan<T> span() const { return {static_cast<T*>(memory_->data()), size_}; }
  std::vector<T> host() const {
    std::vector<T> values(size_);
    backend_.download(values.data(), memory_->data(), size_ * sizeof(T));
    return values;
  }

 private:
  Backend& backend_;
  std::size_t size_;
  std::unique_ptr<DeviceMemory> memory_;
};

inline std::vector<float> download(Backend& backend, DeviceSpan<float const> values) {
  std::vector<float> host(values.size());
  backend.download(host.data(), values.data(), values.size() * sizeof(float));
  return host;
}

/// Reproducible random numbers in +-bound; different streams give different numbers.
inline std::vector<float> noise(std::size_t count, float bound, std::uint64_t stream) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = bound * (2 * uniform_float(philox(99, stream, i).word[0]) - 1);
  }
  return values;
}

/// Largest difference, relative to the largest expected number unless that is 0. Infinite if a
/// number is not finite.
template <class A, class B>
double relative_error(A const& actual, B const& expected) {
  double error = 0, largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    error = std::fmax(error, std::fabs(double{actual[i]} - double{expected[i]}));
    largest = std::fmax(largest, std::fabs(double{expected[i]}));
    if (!std::isfinite(double{actual[i]})) return INFINITY;
  }
  return largest > 0 ? error / largest : error;
}

}  // namespace moneta
