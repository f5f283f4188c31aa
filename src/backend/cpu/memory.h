// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "backend/backend.h"

namespace moneta::cpu {

/// Uninitialized host memory, aligned to 64 bytes; large blocks use huge pages. The constructor
/// throws OutOfMemory if the system does not provide enough.
class HostMemory : public DeviceMemory {
 public:
  explicit HostMemory(std::size_t bytes);
  void* data() override { return data_.get(); }
  std::size_t bytes() const override { return bytes_; }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> data_;
  std::size_t bytes_;
};

/// `bytes` rounded up to a multiple of 64, so that the next array is aligned.
constexpr std::size_t aligned_bytes(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace moneta::cpu
