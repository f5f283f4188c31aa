// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace moneta {

/// Makes a file appear whole or not at all: `write` fills the temporary file `<path>.tmp`, which is
/// synced and renamed, and then the folder is synced. A temporary that an interrupted run left is
/// removed first. There may be one writer per path at a time, and the folder must exist.
/// Throws Error (disk), or what `write` throws; the old file is then untouched and the temporary is
/// removed. Only if the last step, the sync of the folder, fails, the complete new file is in
/// place.
void commit_file(std::filesystem::path const& path,
                 std::function<void(std::filesystem::path const& temporary)> const& write);

/// The same, with `check` between the sync and the rename; it throws if the temporary does not
/// contain what it should.
void commit_file(std::filesystem::path const& path,
                 std::function<void(std::filesystem::path const& temporary)> const& write,
                 std::function<void(std::filesystem::path const& temporary)> const& check);

/// Commits a file that contains `text`.
void commit_text(std::filesystem::path const& path, std::string_view text);

/// Commits a file that contains the pieces in order. Before the rename it reads the temporary back
/// and compares digests. Returns the SHA-256 as 64 hexadecimal digits.
std::string commit_bytes_verified(std::filesystem::path const& path,
                                  std::span<std::span<std::byte const> const> pieces);

/// Commits a copy of the file `from`, verified in the same way. Returns the SHA-256. Also throws
/// Error (data) if `from` cannot be read.
std::string commit_copy(std::filesystem::path const& from, std::filesystem::path const& path);

/// Throws Error (disk) unless the bytes of `file` have this digest; the message calls the file
/// `named`.
void check_read_back(std::filesystem::path const& file, std::string const& sha256,
                     std::filesystem::path const& named);
/// The same for a file that should contain `bytes`.
void check_read_back(std::filesystem::path const& file, std::span<std::byte const> bytes,
                     std::filesystem::path const& named);

}  // namespace moneta
