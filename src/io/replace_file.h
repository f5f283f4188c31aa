// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace moneta {

/// Replaces the contents of a file by way of `<path>.tmp` and a rename, so that readers see the old
/// file or the new one. Nothing is synced: use io/commit_file.h for files that must survive a power
/// failure. Returns the reason of a failure, which leaves the old file untouched, or an empty
/// string.
std::string replace_file(std::filesystem::path const& path, std::string_view text);

}  // namespace moneta
