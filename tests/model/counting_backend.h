// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/wrapped_backend.h"

namespace moneta {

/// Another backend, with every allocation and engine counted.
class CountingBackend : public WrappedBackend {
 public:
  using WrappedBackend::WrappedBackend;

  std::size_t allocations = 0, allocated_bytes = 0, engine_bytes = 0;

  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    ++allocations;
    allocated_bytes += bytes;
    return WrappedBackend::allocate(bytes);
  }
  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    ++allocations;
    engine_bytes += lstm_bytes(shape).engine;
    return WrappedBackend::make_lstm(shape);
  }
};

}  // namespace moneta
