// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace moneta {

/// The name of this machine; "localhost" if it has none.
std::string host_name();

/// The number of cores that the calling thread may run on (its affinity mask), at least 1.
std::size_t usable_cores();

/// The current resident memory of this process; 0 if it is unknown.
std::size_t resident_memory_bytes();

/// The memory that all processes of this job may use together on this machine: the memory of the
/// machine, or the limit of the control group (version 1 or 2) if that is smaller. Tests pass
/// another `root`. Throws Error (device) if the size of the memory is unknown.
std::size_t host_memory_limit_bytes(std::filesystem::path const& root = "/");

}  // namespace moneta
