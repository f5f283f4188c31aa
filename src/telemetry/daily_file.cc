// SPDX-License-Identifier: Apache-2.0
#include "telemetry/daily_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "telemetry/log_files.h"

namespace moneta {
namespace {

constexpr int append_flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW;

/// None if the folder cannot be read: what is in the way shows when a file is made.
std::vector<LogFile> files_there(std::filesystem::path const& folder, std::string const& kind) {
  try {
    return log_files(folder, kind);
  } catch (Error const&) {
    return {};
  }
}

}  // namespace

DailyFile::DailyFile(std::filesystem::path folder, std::string kind, ClockMs clock,
                     DailyFileHooks hooks)
    : folder_(std::move(folder)),
      kind_(std::move(kind)),
      clock_(std::move(clock)),
      hooks_(std::move(hooks)) {
  auto const earlier = files_there(folder_, kind_);
  if (!earlier.empty() && !earlier.back().compressed) {
    file_ = ::open(earlier.back().path.c_str(), append_flags);
    if (file_ >= 0) end_line();
    close();
  }
  MONETA_REQUIRE(open_next(local_day(clock_())), disk, "cannot write the log '", path_.string(),
                 "' (", std::strerror(why_), "). Is the folder writable, and the disk not full?");
}

DailyFile::~DailyFile() {
  close();
  if (lost_lines_ > 0) {
    log_warning(cat("lines of the log '", path_.string(), "' that were lost: ", lost_lines_));
  }
}

void DailyFile::write(std::string_view line) {
  if (is_ready(local_day(clock_())) && append(std::string(line) + '\n')) return;
  close();  // to be opened afresh: the file may end in the middle of this line
  if (lost_lines_++ == 0) {
    log_warning(cat("cannot write the log '", path_.string(), "' (", std::strerror(why_),
                    "). The run goes on and tries again with each line; until then lines are "
                    "lost"));
  }
}

/// After a failure the file is continued, as often as it takes: a full disk is no reason for more
/// files.
bool DailyFile::is_ready(std::chrono::sys_days day) {
  if (day == day_ && is_ours_) {
    if (file_ >= 0 && !is_unlinked()) return true;
    if (file_ < 0 && reopen()) return end_line();
  }
  return open_next(day);
}

/// Makes a file that was not there, under the first free number of the day.
bool DailyFile::open_next(std::chrono::sys_days day) {
  close();
  bool const finished = std::exchange(is_ours_, false);
  day_ = day;
  std::size_t number = 0;
  for (LogFile const& each : files_there(folder_, kind_)) {
    if (each.day == day) number = each.number + 1;
  }
  do {
    std::string const name = log_file_name(kind_, day, number++);
    path_ = folder_ / name;
    hooks_.opens(name);
    file_ = ::open(path_.c_str(), append_flags | O_CREAT | O_EXCL, 0644);
    why_ = errno;
  } while (file_ < 0 && why_ == EEXIST);
  is_ours_ = file_ >= 0;
  if (finished) hooks_.finished();
  return is_ours_;
}

bool DailyFile::reopen() {
  file_ = ::open(path_.c_str(), append_flags);
  why_ = errno;
  return file_ >= 0;
}

/// Ends the line in whose middle the open file ends.
bool DailyFile::end_line() {
  struct stat status {};
  char last = '\n';
  if (::fstat(file_, &status) == 0 && status.st_size > 0) {
    (void)!::pread(file_, &last, 1, status.st_size - 1);
  }
  return last == '\n' || append("\n");
}

bool DailyFile::append(std::string_view text) {
  while (!text.empty()) {
    ssize_t const written = ::write(file_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      why_ = written < 0 ? errno : ENOSPC;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Somebody may have moved the day's file away or deleted it.
bool DailyFile::is_unlinked() const {
  struct stat status {};
  return ::fstat(file_, &status) == 0 && status.st_nlink == 0;
}

void DailyFile::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

}  // namespace moneta
