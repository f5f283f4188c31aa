// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace moneta {

/// Copies between the device and memory of Backend::allocate_on_host that run beside the backend's
/// computation, in the order in which they are queued here. Only `wait` waits; what is copied must
/// stay where it is until then. All throw Error (device) if the device fails.
class CopyStream {
 public:
  CopyStream() = default;
  CopyStream(CopyStream const&) = delete;
  CopyStream& operator=(CopyStream const&) = delete;
  virtual ~CopyStream() = default;

  virtual void upload(void* device, void const* host, std::size_t bytes) = 0;
  virtual void download(void* host, void const* device, std::size_t bytes) = 0;
  /// What is queued here from now on begins when all that the backend was asked for so far is done.
  virtual void wait_for_compute() = 0;
  /// What the backend is asked for from now on begins when all copies queued here so far are done.
  virtual void block_compute() = 0;
  virtual void wait() = 0;
};

}  // namespace moneta
