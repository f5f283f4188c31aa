// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace moneta {

/// The file with a coin's raw candles, `<folder>/<coin>.csv` or `.csv.gz`; none if there is
/// neither. Throws Error (data) if there are both, or if one is a symbolic link to nothing, a
/// folder, a pipe or anything else that is not a file.
std::optional<std::filesystem::path> existing_raw_file(std::filesystem::path const& folder,
                                                       std::string const& coin);

}  // namespace moneta
