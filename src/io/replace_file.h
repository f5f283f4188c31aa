// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace moneta {

/// Puts `text` in place of the file by way of `<path>.tmp` and a rename, so that readers see the
/// old file or the new one; nothing is synced. Returns why it failed, or nothing; then the old file
/// is untouched. For files of the moment: what must survive a power cut takes io/commit_file.h.
std::string replace_file(std::filesystem::path const& path, std::string_view text);

}  // namespace moneta
