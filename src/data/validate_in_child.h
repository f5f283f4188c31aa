// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>

#include "base/json_fwd.h"

namespace moneta {

/// Limits on the process that reads an untrusted file.
struct ChildLimits {
  unsigned cpu_s = 120;
  unsigned wall_s = 600;
  std::size_t memory_bytes = std::size_t{4} << 30;  ///< beyond what this process uses
};

/// Runs read_shard_summary in a child process with limits. A damaged file that crashes HDF5, makes
/// it loop forever or exhausts memory is then an Error (data) like any other, which names the
/// object that was being read. Call it only while this process has no other threads.
Json validate_in_child(std::filesystem::path const& path, ChildLimits const& limits = {});

}  // namespace moneta
