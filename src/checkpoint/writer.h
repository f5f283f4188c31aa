// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "checkpoint/snapshot.h"

namespace moneta {

/// What became of one submitted snapshot.
struct WriteResult {
  std::string coin;
  std::optional<SavedCheckpoint> saved;  ///< nothing if it failed
  std::string error;
  int tries = 0;
  double seconds = 0;
};

/// How a writer writes and waits; tests replace it.
struct WriterActions {
  std::function<SavedCheckpoint(std::filesystem::path const& folder, CoinStateView const& state)>
      write = write_checkpoint;
  std::function<void(double seconds)> pause;  ///< before another try; by default it sleeps
};

/// Writes checkpoints in its own thread while training continues. While one snapshot is being
/// written, one more may wait. A write that fails with an error of kind disk is tried three times
/// with growing pauses; other errors would occur again. Failures are results, never exceptions.
class CheckpointWriter {
 public:
  explicit CheckpointWriter(std::filesystem::path folder, WriterActions actions = {});
  CheckpointWriter(CheckpointWriter const&) = delete;
  CheckpointWriter& operator=(CheckpointWriter const&) = delete;
  ~CheckpointWriter();  ///< waits until everything submitted is written

  /// Waits until no snapshot waits. Then at most the last one that was submitted is still being
  /// written, and the memory of those before it can be used again.
  void wait_for_room();
  /// Queues a snapshot, after `wait_for_room`.
  void submit(Snapshot snapshot);
  /// The results since the last call. Does not wait.
  std::vector<WriteResult> take_finished();
  /// Waits until everything submitted is written.
  void drain();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
