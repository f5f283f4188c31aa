// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace moneta {

/// Milliseconds since 1970-01-01 UTC.
using ClockMs = std::function<std::int64_t()>;
std::int64_t system_clock_ms();

/// Lines in `<folder>/<name>-<YYYY-MM-DD>.jsonl`, a new file each local day; an existing file is
/// continued. Each line reaches the file at once and whole; a line that a killed process left
/// half-written is ended first.
class DailyFile {
 public:
  /// Opens today's file. Throws Error (disk) if it cannot be written.
  DailyFile(std::filesystem::path folder, std::string name, ClockMs clock);
  DailyFile(DailyFile const&) = delete;
  DailyFile& operator=(DailyFile const&) = delete;
  ~DailyFile();

  /// Appends a line. Never throws for the disk: a line that cannot be written is lost and counted,
  /// and the first one is reported on standard error.
  void write(std::string_view line);

  std::size_t lost_lines() const { return lost_lines_; }

 private:
  std::string today() const;
  bool open(std::string const& day);
  bool append(std::string_view text);
  bool is_unlinked() const;
  void close();

  std::filesystem::path const folder_;
  std::string const name_;
  ClockMs const clock_;
  std::filesystem::path path_;
  std::string day_;
  int file_ = -1;
  int why_ = 0;  ///< errno of the latest failure
  std::size_t lost_lines_ = 0;
};

}  // namespace moneta
