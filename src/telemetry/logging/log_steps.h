// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "telemetry/logging/log_files.h"

namespace moneta {

/// The steps that LogArchive applies to files that are no longer written. Each may be interrupted
/// at any instant; calling it again completes it.

struct CompressedLog {
  LogFile file;  ///< the compressed file
  std::uint64_t bytes_before = 0, bytes_after = 0;
};
/// Replaces a plain file by `<file>.gz`, which is synced and read back before the plain file is
/// removed. An existing .gz with the same text is used. Throws Error (disk or data); the plain file
/// then still exists.
CompressedLog compress_log(LogFile const& file);

/// Copies the file to `folder`, which is created if necessary, and then writes `<name>.sha256` in
/// the format of sha256sum; both are durable afterwards. Returns false if both existed. Throws
/// Error (disk or data), also if a different file has one of these names; that file is not changed.
bool back_up_log(LogFile const& file, std::filesystem::path const& folder);

/// Removes the plain and the compressed form of a file. Throws Error (disk).
void remove_log(LogFile const& file);

/// Removes the temporaries that interrupted compressions left in the folder. Throws Error (disk).
void remove_leftover_logs(std::filesystem::path const& folder);

}  // namespace moneta
