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

namespace moneta {

/// Who looks after the files that a DailyFile has finished.
struct DailyFileHooks {
  /// A file of this name is about to be made and written; the one before it no longer is.
  std::function<void(std::string const& file_name)> opens = [](std::string const&) {};
  /// A file was finished; not called at the end.
  std::function<void()> finished = [] {};
};

/// Lines in a new file at each start and at each midnight of the machine's time zone, named as
/// log_files.h says. Each line reaches the file at once and whole. What an earlier process wrote
/// is left as it is, but the newest of its files gets a line end if it was killed inside a line.
class DailyFile {
 public:
  /// Opens today's next file. Throws Error (disk) if it cannot be written.
  DailyFile(std::filesystem::path folder, std::string kind, ClockMs clock,
            DailyFileHooks hooks = {});
  DailyFile(DailyFile const&) = delete;
  DailyFile& operator=(DailyFile const&) = delete;
  ~DailyFile();

  /// Appends a line. Never throws for the disk: what cannot be written waits in memory and goes
  /// before the next line, or before the end. Beyond 1 MiB lines are lost and counted.
  void write(std::string_view line);

  /// Why writing began to fail, once for each time it did; for people.
  std::optional<std::string> take_failure() { return std::exchange(untold_failure_, {}); }
  std::size_t lost_lines() const { return lost_lines_; }

 private:
  bool is_ready(std::chrono::sys_days day);
  bool open_next(std::chrono::sys_days day);
  bool reopen();
  bool end_line();
  void write_waiting();
  bool append_waiting();
  std::size_t append(std::string_view text);
  bool is_unlinked() const;
  void close();

  std::filesystem::path const folder_;
  std::string const kind_;
  ClockMs const clock_;
  DailyFileHooks const hooks_;
  std::filesystem::path path_;
  std::chrono::sys_days day_;
  bool is_ours_ = false;  ///< the file at `path_` was made here
  int file_ = -1;
  int why_ = 0;          ///< errno of the latest failure
  std::string waiting_;  ///< whole lines that are not in the file
  bool failing_ = false;
  std::optional<std::string> untold_failure_;
  std::size_t lost_lines_ = 0;
};

}  // namespace moneta
