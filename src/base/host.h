// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace moneta {

/// The machine's name; "localhost" if it has none.
std::string host_name();

/// Resident memory of this process, now; 0 if the system does not say.
std::size_t resident_memory_bytes();

/// What this process and its neighbours on the machine may use: the machine's memory, or the limit
/// of its control group (version 1 or 2) if that is smaller. `root` is / but for tests.
/// Throws Error (device) if the system does not say.
std::size_t host_memory_limit_bytes(std::filesystem::path const& root = "/");

}  // namespace moneta
