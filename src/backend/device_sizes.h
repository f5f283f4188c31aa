// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/lstm.h"
#include "base/shape.h"

namespace moneta {

/// What things take on a device: what a plan must know, without anything being made.
class DeviceSizes {
 public:
  DeviceSizes() = default;
  DeviceSizes(DeviceSizes const&) = delete;
  DeviceSizes& operator=(DeviceSizes const&) = delete;
  virtual ~DeviceSizes() = default;

  /// Type of the gradients of activations that have this precision.
  virtual Precision gradient_precision(Precision precision) const = 0;
  /// Bytes that a layer of Backend::make_lstm takes.
  virtual LstmBytes lstm_bytes(LstmShape const& shape) const = 0;
};

}  // namespace moneta
