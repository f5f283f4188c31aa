// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

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

/// What opening a run found.
struct OpenedRun {
  bool resumed = false;
  std::vector<std::string> changes;  ///< settings that differ from the last start, for people
};

/// Rank 0, before training: makes the folders, or checks that the run that is there may be resumed
/// with this config (design section 10), and writes config.json. Throws Error (config) with the
/// differences or if run.resume forbids it, Error (disk) if the folder cannot be written.
OpenedRun open_run(Config const& config);

/// Keeps a second training out of the run's folder while it lives; the system lets go of it when
/// the process ends, however that happens.
class RunLock {
 public:
  /// Throws Error (config) if another training holds it.
  explicit RunLock(RunFolder const& folder);
  RunLock(RunLock const&) = delete;
  RunLock& operator=(RunLock const&) = delete;
  ~RunLock();

 private:
  int file_;
};

}  // namespace moneta
