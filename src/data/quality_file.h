// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "data/quality.h"

namespace moneta {

std::filesystem::path quality_path(std::filesystem::path const& folder);

/// The records of `<shards>/quality.json`, by coin. Throws Error (data) that names the file if it
/// is missing or damaged.
std::vector<CoinQuality> read_quality(std::filesystem::path const& folder);

/// Writes the records, whole or not at all, if they differ from the file. Throws Error (disk).
void write_quality(std::filesystem::path const& folder, std::vector<CoinQuality> coins);

}  // namespace moneta
