// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/json.h"

namespace moneta {

/// What the machine says of this process and of itself at one moment. Nothing where it does not
/// say.
struct HostReading {
  std::optional<std::uint64_t> process_bytes;  ///< resident memory of this process
  std::optional<double> load;                  ///< processes that ran or wanted to, over a minute
  std::optional<std::size_t> cores;
};

/// Never throws. `root` is / but for tests.
HostReading read_host(std::filesystem::path const& root = "/");

/// Keys are the member names; what is not known has no key.
Json to_json(HostReading const& reading);

/// Room on a file system.
struct DiskReading {
  std::uint64_t free_bytes = 0;  ///< for users other than root
  std::uint64_t total_bytes = 0;
};

/// The room where `folder` lies; none if the system does not say. Waits for the file system, which
/// may take long on one that is mounted over a network. Never throws.
std::optional<DiskReading> read_disk(std::filesystem::path const& folder);

}  // namespace moneta
