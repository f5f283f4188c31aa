// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "backend/backend.h"
#include "checkpoint/state.h"

namespace moneta {

/// Host memory for the parameters and moments [P] of one snapshot. The memory is pinned, so that
/// the device copies to it while it computes. If the host lacks pinned memory, it is pageable: a
/// warning is logged, and the training waits for the copy.
class SnapshotBuffer {
 public:
  /// The backend must outlive the buffer. Throws std::bad_alloc.
  SnapshotBuffer(Backend& backend, std::size_t parameters);
  SnapshotBuffer(SnapshotBuffer const&) = delete;
  SnapshotBuffer& operator=(SnapshotBuffer const&) = delete;
  ~SnapshotBuffer();  ///< waits, because the device may still be copying

  bool is_pinned() const { return pageable_ == nullptr; }
  /// params, m or v, for the device or the training thread to write.
  std::span<float> array(std::size_t i);

  /// The arrays are complete when these copies are; null: now.
  void complete_with(std::unique_ptr<CopyEvent> copied) { copied_ = std::move(copied); }
  /// Waits until they are complete. Any thread may call it. Throws Error (device) if the device
  /// has failed.
  CoinArrays wait();

 private:
  std::size_t parameters_;
  std::array<std::unique_ptr<DeviceMemory>, 3> pinned_;  // empty if there is pageable_
  std::unique_ptr<float[]> pageable_;                    // [3,P]
  std::unique_ptr<CopyEvent> copied_;
};

/// As many buffers as there are snapshots in memory: CheckpointWriter may be writing one while the
/// next one waits.
class SnapshotBuffers {
 public:
  SnapshotBuffers(Backend& backend, std::size_t parameters);

  /// The one that was used less recently. Call it after CheckpointWriter::wait_for_room, so that it
  /// is no longer being written.
  SnapshotBuffer& next();

 private:
  std::array<SnapshotBuffer, 2> buffers_;  // as PlanRequest::snapshots
  std::size_t used_ = 0;
};

}  // namespace moneta
