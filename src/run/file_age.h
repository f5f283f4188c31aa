// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace moneta {

/// Seconds since a file was modified, on the clock that sets the times of files in `probe_folder`,
/// which differs from the local clock on some file servers: the function creates a temporary file
/// there and compares the two times. If it cannot, it uses the local clock. Never negative; nothing
/// if the file does not exist.
std::optional<double> file_age_s(std::filesystem::path const& path,
                                 std::filesystem::path const& probe_folder,
                                 std::int64_t local_clock_ms);

}  // namespace moneta
