// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/json_fwd.h"

namespace moneta {

/// Describes a shard: file, format, version, layout, market, month, horizon_minutes, created_utc,
/// generator, source_digest, samples, first_time, last_time, timeframes (rows, steps, filled_share)
/// and target (mean, deviation, least, greatest). Reads everything in this process; throws
/// Error (data) at the first defect.
Json read_shard_summary(std::filesystem::path const& path);

}  // namespace moneta
