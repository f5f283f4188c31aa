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

/// What a run keeps log files of.
inline constexpr std::array<std::string_view, 2> log_kinds = {"epochs", "events"};

/// The calendar day in this machine's time zone.
std::chrono::sys_days local_day(std::int64_t time_ms);
/// "2026-11-25"
std::string day_text(std::chrono::sys_days day);

/// One file of a log: `<kind>-<YYYY-MM-DD>.jsonl` is the first of a day (number 0), a later start
/// of the same day adds `.1`, `.2`, ... before `.jsonl`; a compressed one ends in `.gz`.
struct LogFile {
  std::chrono::sys_days day;
  std::size_t number = 0;
  bool compressed = false;
  std::filesystem::path path;

  /// By time, as long as the machine's clock is not set back.
  friend auto operator<=>(LogFile const& a, LogFile const& b) {
    if (auto const days = a.day <=> b.day; days != 0) return days;
    return a.number <=> b.number;
  }
};

/// "epochs-2026-11-25.1.jsonl"
std::string log_file_name(std::string_view kind, std::chrono::sys_days day, std::size_t number);
/// What the name says, if it is exactly that of a log file of this kind; asks no disk.
std::optional<LogFile> log_file_named(std::filesystem::path const& path, std::string_view kind);
/// The plain and the compressed form's path; one of them, for a moment both, is there.
std::filesystem::path plain_path(LogFile const& file);
std::filesystem::path compressed_path(LogFile const& file);

/// The log files of a kind that lie in `folder`, oldest first; none if there is no folder. Nothing
/// but regular files of exactly these names. Where both forms of a file are there (compression was
/// cut short), it is in the list once, as the plain one. It may be called while another process
/// writes and compresses: no file is missed. Throws Error (data) if the folder cannot be read.
std::vector<LogFile> log_files(std::filesystem::path const& folder, std::string_view kind);

/// Calls visit(line) for every line of the file, in order and without its end, even if the file was
/// compressed since it was listed; no line if it was deleted since. The last line may be half: a
/// process was killed there, or is still writing it. Throws Error (data) if it cannot be read.
void read_log(LogFile const& file, std::function<void(std::string_view line)> const& visit);

}  // namespace moneta
