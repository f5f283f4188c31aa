// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/index.h"
#include "config/config.h"

namespace moneta {

/// The paths of the files in the folder of a run.
struct RunFolder {
  std::filesystem::path root;

  explicit RunFolder(std::filesystem::path folder) : root(std::move(folder)) {}
  explicit RunFolder(Config const& config);

  std::filesystem::path config() const { return root / "config.json"; }
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  std::filesystem::path log() const { return root / "log"; }
  std::filesystem::path predictions() const { return root / "predictions"; }
  std::filesystem::path evaluation() const { return root / "evaluation.json"; }
};

/// The configuration in config.json, that of the last start. Throws Error (data or config) that
/// names the file if it is missing or damaged.
Config read_run_config(RunFolder const& folder);

/// Prevents a second training job from writing to the folder of a run while any rank of the first
/// one is alive: a rank may outlive a killed rank 0 or mpirun, and then continues to save. Each
/// rank locks its own part of the file `.lock`; the system releases a lock when its process ends,
/// however it ends.
class RunLock {
 public:
  /// Rank 0 must lock before the other ranks. Throws Error: config if a rank of another training
  /// job has a lock, disk if the file cannot be created.
  explicit RunLock(RunFolder const& folder, std::size_t rank = 0);
  RunLock(RunLock const&) = delete;
  RunLock& operator=(RunLock const&) = delete;
  ~RunLock();

 private:
  int file_;
};

/// The state in which a run was found.
struct OpenedRun {
  std::unique_ptr<RunLock> lock;
  CheckpointIndex index;
  bool resumed = false;                ///< it has checkpoints
  std::vector<std::string> changes;    ///< settings that differ from the last start, as text
  std::vector<std::string> restarted;  ///< coins whose checkpoint folders no longer exist
};

/// Opens a run before training; rank 0 calls it. Creates and locks the folders, checks that an
/// existing run can be resumed with this configuration, and deletes what interrupted saves left. A
/// run without checkpoints starts with any configuration. Throws Error: config with the differences
/// if an immutable key has changed, or if run.resume forbids the start, or if another training job
/// has locked the run; data if config.json or the checkpoint index is damaged; disk if the folder
/// cannot be written.
OpenedRun open_run(Config const& config);

/// Writes config.json if its text changes. It is called when everything else has shown that the run
/// can start. Throws Error (disk).
void commit_config(Config const& config);

}  // namespace moneta
