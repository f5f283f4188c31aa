// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "checkpoint/state.h"
#include "config/config.h"
#include "engine/training_device.h"
#include "optim/optimizer.h"
#include "train/snapshot_buffers.h"

namespace moneta {

/// The parameters and moments [P] of a coin, each in the memory that the device's plan selects:
/// always on the device, on the device only while the coin is active, or (moments only) always in
/// host memory. The placement does not change the results.
class CoinTensors {
 public:
  /// Allocates; the content is undefined until `set`. The device must outlive this. Throws
  /// OutOfMemory.
  explicit CoinTensors(TrainingDevice& device);
  CoinTensors(CoinTensors const&) = delete;
  CoinTensors& operator=(CoinTensors const&) = delete;
  ~CoinTensors();

  /// Copies the arrays of `state` here. Waits. Throws Error (data) if the sizes differ.
  void set(CoinState const& state);
  /// Starts to copy the arrays, as they are now, to `snapshot`. Later updates do not change what is
  /// copied: the device performs them after the copy. Waits only for arrays that are in host
  /// memory, or if `snapshot` is not pinned.
  void copy_to(SnapshotBuffer& snapshot);

  /// Starts to copy offloaded arrays to the device. Parameters are ready for the computation that
  /// is queued next, moments for the next `update`.
  void activate();
  /// Starts to copy the moments back; call it when no `update` follows before `deactivate`.
  void prefetch_writeback();
  /// Starts to copy everything back that has changed.
  void deactivate();

  /// The parameters on the device, while the coin is active.
  DeviceSpan<float> params();
  /// Updates the parameters and moments with the shared gradients of the loss times `loss_scale`
  /// while the coin is active; see optim/optimizer.h.
  UpdateResult update(OptimizerConfig const& config, double learning_rate, std::int64_t step,
                      double loss_scale);

  /// Moves the arrays where another plan wants them, while the coin is inactive. Throws
  /// OutOfMemory; then no content is lost.
  void move_to(MemoryOptions const& memory_options);

 private:
  enum class Location { device, host };

  /// One of params, m, v. It is kept in `device` or in `host`; an array that is kept in host memory
  /// uses a buffer that all coins share while it is on the device.
  struct Array {
    std::unique_ptr<DeviceMemory> device;
    std::unique_ptr<DeviceMemory> host;
    bool host_is_current = false;
  };
  void move(Array& array, Location to);
  void wait();
  /// The memory of array i on the device, its own or the shared buffer; null if there is neither.
  DeviceMemory* on_device(std::size_t i);
  /// The same if it has the content of the array; null if that is only in host memory.
  DeviceMemory* content_on_device(std::size_t i);

  TrainingDevice& device_;
  std::array<Array, 3> arrays_;
  bool is_active_ = false;
  bool is_copied_ = false;  // copies are queued that the next update must follow
};

}  // namespace moneta
