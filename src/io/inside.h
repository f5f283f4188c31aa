// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace moneta {

/// Whether a name in an untrusted file can only refer to a file below that file's folder: relative,
/// without "..", "." and empty parts, printable, and no part longer than a file name may be. Does
/// not access the disk.
bool is_name_inside(std::string_view name);

/// Throws Error (data) that names the target if a link leads from `path`, which is below `folder`,
/// out of the folder. The folder itself may be a link. Missing files are accepted.
void require_inside(std::filesystem::path const& folder, std::filesystem::path const& path);

}  // namespace moneta
