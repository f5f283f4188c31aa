// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace moneta {

/// Whether the file or folder exists. Throws Error (data) if this user is not permitted to know.
bool file_exists(std::filesystem::path const& path);

/// Throws Error (data) that names the runs in the parent folder if `folder` does not contain a run.
void require_run(std::filesystem::path folder);

}  // namespace moneta
