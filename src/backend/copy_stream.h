// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

namespace moneta {

/// The copies that were queued on a CopyStream up to some moment.
class CopyEvent {
 public:
  CopyEvent() = default;
  CopyEvent(CopyEvent const&) = delete;
  CopyEvent& operator=(CopyEvent const&) = delete;
  virtual ~CopyEvent() = default;

  /// Waits for them. Any thread may call it. Throws Error (device) if the device fails.
  virtual void wait() = 0;
};

/// Copies between the device and memory of Backend::allocate_on_host, concurrently with the
/// computation of the backend and in the order in which they are queued here. Only `wait` and
/// CopyEvent::wait wait; source and destination must stay valid until then. All throw Error
/// (device) if the device fails.
class CopyStream {
 public:
  CopyStream() = default;
  CopyStream(CopyStream const&) = delete;
  CopyStream& operator=(CopyStream const&) = delete;
  virtual ~CopyStream() = default;

  virtual void upload(void* device, void const* host, std::size_t bytes) = 0;
  virtual void download(void* host, void const* device, std::size_t bytes) = 0;
  /// Later copies start only after all work that is now queued on the backend.
  virtual void wait_for_compute() = 0;
  /// Later work of the backend starts only after all copies that are now queued here.
  virtual void block_compute() = 0;
  /// All copies that are now queued here. The event must not outlive the backend.
  virtual std::unique_ptr<CopyEvent> record() = 0;
  /// Waits for all queued copies.
  virtual void wait() = 0;
};

}  // namespace moneta
