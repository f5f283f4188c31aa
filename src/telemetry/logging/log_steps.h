// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "telemetry/logging/log_files.h"

namespace moneta {

/// What LogArchive does with one file that nobody writes any more. Each may be cut short at any
/// instant: done again, it goes on from there.

struct CompressedLog {
  LogFile file;  ///< as it is now
  std::uint64_t bytes_before = 0, bytes_after = 0;
};
/// Puts `<file>.gz` in the place of a plain file: it is synced and read back before the plain one
/// is removed. A .gz that is there already and holds the same text is taken. Throws Error (disk or
/// data); then the plain file is still there.
CompressedLog compress_log(LogFile const& file);

/// Copies the file as it is to `folder` (made if it is not there), and after it `<name>.sha256` in
/// sha256sum's form, both read back or synced. Returns false if both were there already. Throws
/// Error (disk or data), also if another file has one of these names: it is left alone.
bool back_up_log(LogFile const& file, std::filesystem::path const& folder);

/// Removes a file, in both forms if both are there. Throws Error (disk).
void remove_log(LogFile const& file);

/// Removes what a compression that was cut short left in the folder. Throws Error (disk).
void remove_leftover_logs(std::filesystem::path const& folder);

}  // namespace moneta
