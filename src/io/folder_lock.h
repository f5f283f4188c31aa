// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "io/file.h"

namespace moneta {

/// Lets one process at a time change the files of a folder. Other processes wait; the system
/// releases the lock when its process ends, however it ends. The lock is the file `.lock` in the
/// folder.
class FolderLock {
 public:
  /// Creates the folder if it does not exist. If another process holds the lock, calls `on_wait`
  /// once with a sentence that names the folder and that process, and waits. Throws Error (disk) if
  /// the lock file cannot be created, for example because the folder is read-only.
  explicit FolderLock(std::filesystem::path const& folder,
                      std::function<void(std::string const& sentence)> const& on_wait = {});

 private:
  Descriptor file_;
};

/// The same, for a caller that may find that there is nothing to write: none if the folder exists
/// and this user cannot change its files anyway.
std::optional<FolderLock> lock_if_writable(
    std::filesystem::path const& folder,
    std::function<void(std::string const& sentence)> const& on_wait = {});

}  // namespace moneta
