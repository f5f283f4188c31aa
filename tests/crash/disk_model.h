// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "crash/file_tree.h"
#include "crash/io_calls.h"

namespace moneta {

/// A change that a program asked of the disk.
struct DiskChange {
  enum class Kind { make_folder, create, write, sync_file, rename, remove, sync_folder };
  Kind kind = Kind::write;
  std::string path, to;    ///< relative to the watched folder; `to` of rename
  std::size_t inode = 0;   ///< of the file
  std::size_t offset = 0;  ///< of write
  std::string bytes;       ///< of write

  bool changes() const { return kind != Kind::sync_file && kind != Kind::sync_folder; }
};

/// Notes all changes below a folder, which holds `start`. Syncs are noted and not carried out. A
/// change that it could not follow is a failure of the test.
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

/// How a crash treats what was not synced.
struct CrashChoice {
  std::vector<bool> lost;       ///< of the pending changes
  bool zeros = false;           ///< lost bytes read as zeros: the size had been written
  std::size_t kept = SIZE_MAX;  ///< bytes of the last pending write that is not lost
};

/// The first `count` changes and then a crash. Nothing is sure but what a sync has made so: bytes
/// of a file by its own, names in a folder by the folder's.
class CrashedDisk {
 public:
  CrashedDisk(FileTree const& start, DiskRecorder const& recorder, std::size_t count);

  /// Changes that may be lost, by their numbers.
  std::vector<std::size_t> const& pending() const { return pending_; }
  /// What is on the disk after the crash.
  FileTree state(CrashChoice const& choice) const;

 private:
  FileTree const& start_;
  DiskRecorder const& recorder_;
  std::size_t const count_;
  std::vector<std::size_t> pending_;
};

}  // namespace moneta
