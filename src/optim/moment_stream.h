// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "backend/backend.h"

namespace moneta {

/// AdamW for parameters on the device with moments in host memory. Chunks of m and v pass through
/// two alternating pairs of device buffers, each with its own copy stream: one chunk is copied back
/// while the next one is copied to the device.
class MomentStream {
 public:
  /// Device memory of the buffers for a coin with `parameters` parameters.
  static std::size_t bytes(std::size_t parameters);

  /// The backend must outlive the stream.
  MomentStream(Backend& backend, std::size_t parameters);

  /// One update of arrays [P], with the same results as Backend::adamw on whole arrays. m and v
  /// must come from Backend::allocate_on_host. Does not wait; m and v are complete after `wait`.
  void update(AdamwStep const& step, DeviceSpan<float> params, DeviceMemory& m, DeviceMemory& v,
              DeviceSpan<float const> gradients);
  void wait();

 private:
  struct Buffers {
    std::unique_ptr<DeviceMemory> m, v;
    std::unique_ptr<CopyStream> copies;  // destroyed first, because it may still use m and v
  };

  Backend& backend_;
  std::size_t chunk_;  // floats
  std::array<Buffers, 2> buffers_;
};

}  // namespace moneta
