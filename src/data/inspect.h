// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>

#include "base/json.h"

namespace moneta {

/// What is in a shard: file, layout, market, month, horizon_minutes, created_utc, generator,
/// samples, first_time, last_time, timeframes (rows, steps, filled_share), target (mean, deviation,
/// least, greatest). Reads everything in this process; throws Error (data) at the first defect.
Json read_shard_summary(std::filesystem::path const& path);

/// What a stranger's file may cost.
struct ChildLimits {
  unsigned cpu_s = 120;
  unsigned wall_s = 600;
  std::size_t memory_bytes = std::size_t{4} << 30;  ///< beyond what this process has
};

/// read_shard_summary in a child process with limits, so that a damaged file that crashes HDF5,
/// makes it run for ever or take all memory is an Error (data) like any other, and says at which
/// object that was. To be called while this process has no other threads.
Json validate_in_child(std::filesystem::path const& path, ChildLimits const& limits = {});

/// For people: the summary and `manifest` ("matches", "differs", "not listed", "none"), `sound`
/// (true if nothing is wrong), `problem` (text, if something is). A file whose digest matches a
/// manifest in its parent's folder is opened here, any other in a child. Throws Error (data) only
/// if there is no file.
Json describe_shard(std::filesystem::path const& path);

}  // namespace moneta
