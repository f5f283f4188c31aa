// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/json.h"

namespace moneta {

/// The state of this process and of the machine at one moment. Unknown members are empty.
struct HostReading {
  std::optional<std::uint64_t> process_bytes;  ///< resident memory of this process
  std::optional<double> load;                  ///< load average over one minute
  std::optional<std::size_t> cores;
};

/// Reads the state of this machine; tests pass another `root`. Never throws.
HostReading read_host(std::filesystem::path const& root = "/");

/// An object whose keys are the member names, without the members that are empty.
Json to_json(HostReading const& reading);

/// The space on a file system.
struct DiskReading {
  std::uint64_t free_bytes = 0;  ///< available to users other than root
  std::uint64_t total_bytes = 0;
};

/// The space on the file system of `folder`; nothing if it is unknown. Waits for the file system,
/// which may take long if it is mounted over a network. Never throws.
std::optional<DiskReading> read_disk(std::filesystem::path const& folder);

}  // namespace moneta
