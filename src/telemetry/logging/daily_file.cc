// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/daily_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "telemetry/logging/log_files.h"

namespace moneta {
namespace {

constexpr int append_flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
constexpr std::size_t most_waiting_bytes = std::size_t{1} << 20;

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
  MONETA_REQUIRE(open_next(local_day(clock_())), disk,
                 "cannot write the log '{}' ({}). Is the folder writable, and the disk not full?",
                 path_.string(), std::strerror(why_));
}

DailyFile::~DailyFile() {
  if (!waiting_.empty()) write_waiting();  // the disk may have room again
  lost_lines_ += static_cast<std::size_t>(std::count(waiting_.begin(), waiting_.end(), '\n'));
  close();
  if (lost_lines_ > 0) {
    log_warning(
        fmt::format("lines of the log '{}' that were lost: {}", path_.string(), lost_lines_));
  }
}

void DailyFile::write(std::string_view line) {
  if (waiting_.size() < most_waiting_bytes) {
    waiting_.append(line) += '\n';
  } else {
    ++lost_lines_;
  }
  write_waiting();
}

void DailyFile::write_waiting() {
  if (is_ready(local_day(clock_())) && append_waiting()) {
    failing_ = false;
    return;
  }
  close();  // to be opened afresh
  if (std::exchange(failing_, true)) return;
  untold_failure_ = fmt::format(
      "cannot write the log '{}' ({}). The run goes on; up to 1 MiB of lines waits in memory and is tried again with each line. Is the folder writable, and the disk not full?",
      path_.string(), std::strerror(why_));
}

/// Lines reach the file whole: what a full disk took of one is taken back.
bool DailyFile::append_waiting() {
  struct stat before {};
  bool const knows_size = ::fstat(file_, &before) == 0;
  std::size_t const written = append(waiting_);
  if (written == waiting_.size()) {
    waiting_.clear();
    return true;
  }
  std::size_t const whole = written == 0 ? 0 : waiting_.rfind('\n', written - 1) + 1;
  if (knows_size && written > whole) {
    (void)!::ftruncate(file_, before.st_size + static_cast<off_t>(whole));
  }
  waiting_.erase(0, whole);
  return false;
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
  return last == '\n' || append("\n") == 1;
}

/// Returns how many bytes reached the file.
std::size_t DailyFile::append(std::string_view text) {
  std::size_t done = 0;
  while (done < text.size()) {
    ssize_t const written = ::write(file_, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      why_ = written < 0 ? errno : ENOSPC;
      break;
    }
    done += static_cast<std::size_t>(written);
  }
  return done;
}

/// Somebody may have deleted the day's file.
bool DailyFile::is_unlinked() const {
  struct stat status {};
  return ::fstat(file_, &status) == 0 && status.st_nlink == 0;
}

void DailyFile::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

}  // namespace moneta
