// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace moneta {

/// One try at a checkpoint, done.
struct WriteResult {
  std::string coin;
  std::optional<SavedCheckpoint> saved;  ///< nothing: it failed
  std::string error;
  int tries = 0;
  double seconds = 0;
};

/// How a writer writes and waits; tests give others.
struct WriterActions {
  std::function<SavedCheckpoint(std::filesystem::path const& folder, CoinState const& state)>
      write = write_checkpoint;
  std::function<void(double seconds)> pause;  ///< before another try; nothing: sleeps
};

/// Writes checkpoints in a thread of its own while training goes on. One is written at a time, one
/// more may wait. A write that the disk refused is tried three times, with a growing pause; what
/// would fail again (a state that contradicts itself) is not. No failure is thrown: it is a result.
class CheckpointWriter {
 public:
  explicit CheckpointWriter(std::filesystem::path folder, WriterActions actions = {});
  CheckpointWriter(CheckpointWriter const&) = delete;
  CheckpointWriter& operator=(CheckpointWriter const&) = delete;
  ~CheckpointWriter();  ///< waits for what was submitted

  /// Waits while an earlier snapshot is still waiting to be written.
  void wait_for_room();
  /// Takes the snapshot; waits for room.
  void submit(CoinState snapshot);
  /// What has been finished since the last call; does not wait.
  std::vector<WriteResult> take_finished();
  /// Waits until everything submitted is finished.
  void drain();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
