// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/record.h"

namespace moneta {

/// `<name>-<day>.jsonl`, `<name>-<day>.<n>.jsonl`, both also with .gz.
struct LogFileName {
  std::string day;         ///< "2025-03-26"
  std::uint64_t part = 0;  ///< n; 0 where there is none
  bool compressed = false;
  auto operator<=>(LogFileName const&) const = default;
};

/// The parts of a log's file name; nothing if it is none of the log `name`.
std::optional<LogFileName> parse_log_file_name(std::string_view file, std::string_view name);

/// The files of the log `name` ("epochs", "events") in a folder, oldest first. Of a part that is
/// there both plain and compressed the plain one. Empty if the folder cannot be read.
std::vector<std::filesystem::path> log_files(std::filesystem::path const& folder,
                                             std::string_view name);

/// What the epoch logs of a run's log folder tell, by time. `unreadable` counts the lines and
/// files that are damaged; what earlier versions did not log is 0, losses are NaN.
struct EpochHistory {
  std::vector<EpochRecord> epochs;
  std::size_t unreadable = 0;
};
EpochHistory read_epoch_history(std::filesystem::path const& log_folder);

}  // namespace moneta
