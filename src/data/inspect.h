// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/json.h"

namespace moneta {

/// What is in a shard: file, layout, market, month, horizon_minutes, created_utc, generator,
/// samples, first_time, last_time, timeframes (rows, steps, filled_share), target (mean, deviation,
/// least, greatest). Reads everything in this process; throws Error (data) at the first defect.
Json read_shard_summary(std::filesystem::path const& path);

/// read_shard_summary in a child process with limits on processor time and memory, so that a
/// damaged file that crashes HDF5, or makes it run for ever, is an Error (data) like any other. To
/// be called while this process has no other threads.
Json validate_in_child(std::filesystem::path const& path);

/// For people: the summary and `manifest` ("matches", "differs", "not listed", "none"), `sound`
/// (true if nothing is wrong), `problem` (text, if something is). A file whose digest matches a
/// manifest in its parent's folder is opened here, any other in a child. Throws Error (data) only
/// if there is no file.
Json describe_shard(std::filesystem::path const& path);

}  // namespace moneta
