// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace moneta {

/// Owns an open file descriptor; move-only.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int file) : file_(file) {}
  /// Calls open(2), again if a signal interrupts it. If that fails, `is_open` is false and errno is
  /// the reason.
  Descriptor(std::filesystem::path const& path, int flags, unsigned mode = 0666);
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  Descriptor(Descriptor&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { (void)close(); }

  bool is_open() const { return file_ >= 0; }
  int get() const { return file_; }
  /// Gives the open file to the caller.
  int release() { return std::exchange(file_, -1); }
  /// Closes the file now, to learn of late write errors. Returns 0 or an errno; 0 if it is closed
  /// already.
  int close();

 private:
  int file_ = -1;
};

/// What a read or write moved before it ended, and the errno that ended it, or 0.
struct Transfer {
  std::size_t bytes = 0;
  int error = 0;
};

/// The functions below repeat calls that a signal interrupts.

/// Writes all bytes with as many calls as that takes. A write of nothing counts as a full disk.
Transfer write_all(int file, std::span<std::byte const> bytes);
Transfer write_all(int file, std::string_view text);

/// Reads what one call of read(2) returns; no bytes and no error at the end of the file.
Transfer read_some(int file, std::span<std::byte> into);

/// Fills `into` with the bytes from `offset` on; fewer bytes and no error if the file ends first.
Transfer pread_all(int file, std::uint64_t offset, std::span<std::byte> into);

/// Errors for a failed call, to be thrown: of kind disk with advice that fits the errno, and of
/// kind data. `path` is the file that the user knows.
Error cannot_write(std::filesystem::path const& path, int why);
Error cannot_read(std::filesystem::path const& path, int why);

/// Writes a file in place, without a sync: for temporaries and for files that are not read before
/// they are closed. Throws cannot_write(named).
void write_file(std::filesystem::path const& path, std::string_view bytes,
                std::filesystem::path const& named);

/// All bytes of a file. Throws Error (data) if it cannot be read or has more than `limit_bytes`.
std::string read_file(std::filesystem::path const& path, std::size_t limit_bytes);

/// Waits until the file's bytes are on the disk. Throws cannot_write(named).
void sync_file(std::filesystem::path const& path, std::filesystem::path const& named);

/// Waits until the names in the folder are on the disk; does nothing on network file systems that
/// cannot sync a folder. Throws cannot_write(folder).
void sync_folder(std::filesystem::path const& folder);

/// The folder that contains `path`: "." if it has no other.
std::filesystem::path folder_of(std::filesystem::path const& path);

/// Creates the folder and its missing parents, and syncs the folder that contains each new one.
/// Throws Error (disk).
void create_folder(std::filesystem::path const& folder);

}  // namespace moneta
