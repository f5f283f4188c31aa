// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace moneta {

/// Makes a file appear whole or not at all: `write` fills a temporary file beside it
/// (`<path>.tmp`; what an interrupted run left under that name is removed first), which is synced
/// and renamed, and the folder is synced. One writer per path at a time; no folder is created.
/// Throws Error (disk), or what `write` throws; then the old file is untouched and the temporary
/// is gone (if only the last sync of the folder fails, the new file is there, whole).
void commit_file(std::filesystem::path const& path,
                 std::function<void(std::filesystem::path const& temporary)> const& write);

/// The same; before the rename `check` gets the synced temporary, and throws if it is not what was
/// meant.
void commit_file(std::filesystem::path const& path,
                 std::function<void(std::filesystem::path const& temporary)> const& write,
                 std::function<void(std::filesystem::path const& temporary)> const& check);

/// commit_file of a text.
void commit_text(std::filesystem::path const& path, std::string_view text);

/// commit_file of the pieces, one after the other; before the rename the temporary is read back and
/// its digest compared with that of the bytes meant. Returns the SHA-256, 64 hexadecimal digits.
std::string commit_bytes_verified(std::filesystem::path const& path,
                                  std::span<std::span<std::byte const> const> pieces);

/// commit_file of a copy of the file `from`, read back like that. Returns the SHA-256. Throws
/// Error (data) as well, if `from` cannot be read.
std::string commit_copy(std::filesystem::path const& from, std::filesystem::path const& path);

/// Throws Error (disk) unless the bytes of `file` have this digest; messages speak of `named`.
void check_read_back(std::filesystem::path const& file, std::string const& sha256,
                     std::filesystem::path const& named);

/// Writes a file in place: for temporaries and files nobody reads before they are closed. Throws
/// Error (disk).
void write_file(std::filesystem::path const& path, std::string_view bytes);

/// All bytes of a file. Throws Error (data) if it cannot be read or has more than `limit_bytes`.
std::string read_file(std::filesystem::path const& path, std::size_t limit_bytes);

/// Creates the folder and those above it that are missing; what is new survives a power cut.
/// Throws Error (disk).
void create_folder(std::filesystem::path const& folder);

}  // namespace moneta
