// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/wrapped_backend.h"

namespace moneta {

/// Counts the allocations and LSTM layers of another backend.
class CountingBackend : public WrappedBackend {
 public:
  using WrappedBackend::WrappedBackend;

  std::size_t allocations = 0, allocated_bytes = 0, packed_weight_bytes = 0;

  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    ++allocations;
    allocated_bytes += bytes;
    return WrappedBackend::allocate(bytes);
  }
  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    ++allocations;
    packed_weight_bytes += lstm_bytes(shape).packed_weights;
    return WrappedBackend::make_lstm(shape);
  }
};

}  // namespace moneta
