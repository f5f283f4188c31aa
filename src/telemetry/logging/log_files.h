// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moneta {

/// The kinds of log files that a run has.
inline constexpr std::array<std::string_view, 2> log_kinds = {"epochs", "events"};

/// The calendar day in the local time zone.
std::chrono::sys_days local_day(std::int64_t time_ms);
/// "2026-11-25"
std::string day_text(std::chrono::sys_days day);

/// A log file. Its name is `<kind>-<YYYY-MM-DD>.jsonl` for the first file of a day (number 0).
/// Later starts on the same day add `.1`, `.2`, ... before `.jsonl`. Compressed files end in `.gz`.
struct LogFile {
  std::chrono::sys_days day;
  std::size_t number = 0;
  bool compressed = false;
  std::filesystem::path path;

  /// Orders files by time, unless the clock of the machine was set back.
  friend auto operator<=>(LogFile const& a, LogFile const& b) {
    if (auto const days = a.day <=> b.day; days != 0) return days;
    return a.number <=> b.number;
  }
};

/// "epochs-2026-11-25.1.jsonl"
std::string log_file_name(std::string_view kind, std::chrono::sys_days day, std::size_t number);
/// The log file with this path; nothing if the name is not exactly that of a log file of this kind.
/// Does not access the disk.
std::optional<LogFile> log_file_named(std::filesystem::path const& path, std::string_view kind);
/// The paths of the plain and of the compressed form. One of them exists; while the file is being
/// compressed, both do.
std::filesystem::path plain_path(LogFile const& file);
std::filesystem::path compressed_path(LogFile const& file);

/// The log files of a kind in `folder`, oldest first; none if the folder does not exist. Only
/// regular files with exactly these names count. If both forms of a file exist, because compression
/// was interrupted, the list contains the plain one. No file is missed while another process writes
/// and compresses. Throws Error (data) if the folder cannot be read.
std::vector<LogFile> log_files(std::filesystem::path const& folder, std::string_view kind);

/// Calls visit(line) for every line of the file, in order and without its line end, even if the
/// file has been compressed since it was listed. There are no lines if it has been deleted since.
/// The last line may be incomplete, because a process was killed there or is still writing it.
/// Throws Error (data) if the file cannot be read.
void read_log(LogFile const& file, std::function<void(std::string_view line)> const& visit);

}  // namespace moneta
