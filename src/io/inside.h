// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace moneta {

/// Whether a name that a stranger's file gives for another one can only mean a file below that
/// file's folder: relative, without "..", "." and empty parts, printable, no part longer than a
/// file's name may be. Asks no disk.
bool is_name_inside(std::string_view name);

/// Throws Error (data) that says where it leads if a link takes `path`, which is below `folder`,
/// out of it. The folder itself may be a link. Nothing is said of what is not there.
void require_inside(std::filesystem::path const& folder, std::filesystem::path const& path);

}  // namespace moneta
