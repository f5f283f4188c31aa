// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/index.h"
#include "config/config.h"

namespace moneta {

/// Where the parts of a run lie.
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

/// The config a run was started with. Throws Error (data or config) that names config.json if it is
/// missing or damaged.
Config read_run_config(RunFolder const& folder);

/// Keeps a second training out of the run's folder while any rank of the first one lives: a rank
/// may outlive a killed rank 0 or mpirun, and goes on saving. The system lets go of a lock when its
/// process ends, however that happens.
class RunLock {
 public:
  /// Rank 0 first, then the others, of which each holds a part of its own. Throws Error (config) if
  /// a rank of another training holds one.
  explicit RunLock(RunFolder const& folder, std::size_t rank = 0);
  RunLock(RunLock const&) = delete;
  RunLock& operator=(RunLock const&) = delete;
  ~RunLock();

 private:
  int file_;
};

/// What opening a run found.
struct OpenedRun {
  std::unique_ptr<RunLock> lock;
  CheckpointIndex index;
  bool resumed = false;                ///< it has checkpoints
  std::vector<std::string> changes;    ///< settings that differ from the last start, for people
  std::vector<std::string> restarted;  ///< coins whose checkpoints were moved away
};

/// Rank 0, before training: makes the folders and locks them, checks that the run that is there may
/// be resumed with this config, and removes what an interrupted save left behind. A run without a
/// checkpoint has nothing to lose: it starts with any config. Throws Error (config) with the
/// differences, if run.resume forbids it or if another training holds the run; Error (data) if its
/// config or index is damaged, Error (disk) if the folder cannot be written.
OpenedRun open_run(Config const& config);

/// Writes config.json, once everything else has shown that the run can start. Throws Error (disk).
void commit_config(Config const& config);

}  // namespace moneta
