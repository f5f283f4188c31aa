// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "backend/backend.h"

namespace moneta {

/// AdamW for parameters on the device whose moments lie in the host's memory: pieces of m and v go
/// through two pairs of buffers in turn, each on a queue of its own, so that while one piece
/// returns the next is on its way.
class MomentStream {
 public:
  /// Device memory that it takes for `parameters` of a coin.
  static std::size_t bytes(std::size_t parameters);

  /// The backend must outlive it.
  MomentStream(Backend& backend, std::size_t parameters);

  /// One update over arrays [P]: the same numbers as Backend::adamw over the whole. m and v are
  /// memory of Backend::allocate_on_host. Does not wait: m and v are whole again after `wait`.
  void update(AdamwStep const& step, DeviceSpan<float> params, DeviceMemory& m, DeviceMemory& v,
              DeviceSpan<float const> gradients);
  void wait();

 private:
  struct Buffers {
    std::unique_ptr<DeviceMemory> m, v;
    std::unique_ptr<CopyStream> queue;  // destroyed first: it may still copy
  };

  Backend& backend_;
  std::size_t piece_;  // floats
  std::array<Buffers, 2> buffers_;
};

}  // namespace moneta
