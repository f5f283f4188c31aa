// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "crash/file_tree.h"
#include "crash/io_calls.h"

namespace moneta {

/// A change to the disk that a program requested.
struct DiskChange {
  enum class Kind { make_folder, create, write, sync_file, rename, remove, sync_folder };
  Kind kind = Kind::write;
  std::string path, to;    ///< relative to the watched folder; `to` of rename
  std::size_t inode = 0;   ///< of the file
  std::size_t offset = 0;  ///< of write
  std::string bytes;       ///< of write

  bool changes() const { return kind != Kind::sync_file && kind != Kind::sync_folder; }
};

/// Records all changes below a folder, which contains `start`. Syncs are recorded but not executed.
/// A change that it cannot model fails the test.
class DiskRecorder : public IoWatcher {
 public:
  DiskRecorder(std::string folder, FileTree const& start);

  IoAnswer before(IoCall const& call) override;
  void after(IoCall const& call, long result) override;

  std::vector<DiskChange> const& changes() const { return changes_; }
  std::map<std::string, std::size_t> const& first_inodes() const { return first_inodes_; }

 private:
  std::string relative(std::string const& path) const;
  void opened(IoCall const& call, int file);

  std::string const folder_;
  std::map<std::string, std::size_t> first_inodes_;  ///< of the files of `start`
  std::map<std::string, std::size_t> inodes_;        ///< by path, now
  std::map<int, std::size_t> positions_;             ///< of open files
  std::size_t next_inode_ = 1;
  std::vector<DiskChange> changes_;
};

/// What a crash does to changes that were not synced.
struct CrashChoice {
  std::vector<bool> lost;       ///< for each pending change
  bool zeros = false;           ///< lost bytes read as zeros, because the size was written
  std::size_t kept = SIZE_MAX;  ///< bytes that are left of the last pending write that is not lost
};

/// The first `count` changes followed by a crash. Only synced changes are durable: the bytes of a
/// file after a sync of the file, the names in a folder after a sync of the folder.
class CrashedDisk {
 public:
  CrashedDisk(FileTree const& start, DiskRecorder const& recorder, std::size_t count);

  /// Indices of the changes that may be lost.
  std::vector<std::size_t> const& pending() const { return pending_; }
  /// The contents of the disk after the crash.
  FileTree state(CrashChoice const& choice) const;

 private:
  FileTree const& start_;
  DiskRecorder const& recorder_;
  std::size_t const count_;
  std::vector<std::size_t> pending_;
};

}  // namespace moneta
