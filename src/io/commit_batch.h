// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace moneta {

/// Commits several files, each of which appears whole or not at all like those of commit_file. The
/// disk writes while further files are made, and is waited for once. A file that is committed later
/// and lists these is written after `commit`: a crash then leaves at worst files that no list
/// names, or files that a list names with another digest.
class CommitBatch {
 public:
  CommitBatch() = default;
  CommitBatch(CommitBatch const&) = delete;
  CommitBatch& operator=(CommitBatch const&) = delete;
  /// Removes the temporaries of files that were not committed.
  ~CommitBatch();

  /// Writes the temporary file `<path>.tmp`, reads it back, and lets the system begin to write it
  /// to the disk. Returns the SHA-256 as 64 hexadecimal digits. Throws Error (disk); the temporary
  /// is then removed.
  std::string add(std::filesystem::path const& path, std::span<std::byte const> bytes);

  /// Syncs all temporaries, renames them, and syncs their folders. Throws Error (disk): some of the
  /// files may then be in place, each of them whole.
  void commit();

 private:
  std::vector<std::filesystem::path> pending_;
};

}  // namespace moneta
