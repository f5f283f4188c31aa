// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "io/file.h"

namespace moneta {

/// Notifications for the owner of finished files.
struct DailyFileHooks {
  /// Called before a file of this name is created and written; the previous file is then finished.
  std::function<void(std::string const& file_name)> opens = [](std::string const&) {};
  /// Called after a file was finished, but not when the DailyFile is destroyed.
  std::function<void()> finished = [] {};
};

/// Appends lines to a file. A new file begins at each start and at each midnight of the local time
/// zone; its name follows log_files.h. Each line is written completely and at once. Files of
/// earlier processes are not changed, except that the newest one gets a line end if its process was
/// killed within a line.
class DailyFile {
 public:
  /// Creates the next file of today. Throws Error (disk) if it cannot be written.
  DailyFile(std::filesystem::path folder, std::string kind, ClockMs clock,
            DailyFileHooks hooks = {});
  DailyFile(DailyFile const&) = delete;
  DailyFile& operator=(DailyFile const&) = delete;
  ~DailyFile();

  /// Appends a line. A disk error never throws: lines that cannot be written wait in memory until
  /// the next call or the destructor writes them. If more than 1 MiB waits, further lines are lost
  /// and counted.
  void write(std::string_view line);

  /// A message that says why writing began to fail; returned once per series of failures.
  std::optional<std::string> take_failure() { return std::exchange(unreported_failure_, {}); }
  std::size_t lost_lines() const { return lost_lines_; }

 private:
  bool is_ready(std::chrono::sys_days day);
  bool open_next(std::chrono::sys_days day);
  bool reopen();
  bool end_line();
  void write_waiting();
  bool append_waiting();
  bool is_unlinked() const;

  std::filesystem::path const folder_;
  std::string const kind_;
  ClockMs const clock_;
  DailyFileHooks const hooks_;
  std::filesystem::path path_;
  std::chrono::sys_days day_;
  bool is_created_ = false;  // this object has created the file at `path_`
  Descriptor file_;
  int error_ = 0;        // errno of the latest failure
  std::string waiting_;  // complete lines that are not in the file yet
  bool is_failing_ = false;
  std::optional<std::string> unreported_failure_;
  std::size_t lost_lines_ = 0;
};

}  // namespace moneta
