// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/daily_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
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

/// Empty if the folder cannot be read: creating a file will then report the reason.
std::vector<LogFile> existing_files(std::filesystem::path const& folder, std::string const& kind) {
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
  auto const earlier = existing_files(folder_, kind_);
  if (!earlier.empty() && !earlier.back().compressed) {
    file_ = Descriptor(earlier.back().path, append_flags);
    if (file_.is_open()) end_line();
  }
  MONETA_REQUIRE(open_next(local_day(clock_())), disk,
                 "cannot write the log '{}' ({}). Is the folder writable, and is the disk full?",
                 path_.string(), std::strerror(error_));
}

DailyFile::~DailyFile() {
  if (!waiting_.empty()) write_waiting();  // the disk may have space again
  lost_lines_ += static_cast<std::size_t>(std::count(waiting_.begin(), waiting_.end(), '\n'));
  if (lost_lines_ > 0) {
    log_warning(fmt::format("the log '{}' lost lines: {}", path_.string(), lost_lines_));
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
    is_failing_ = false;
    return;
  }
  (void)file_.close();  // the next attempt opens it again
  if (std::exchange(is_failing_, true)) return;
  unreported_failure_ = fmt::format(
      "cannot write the log '{}' ({}). The run continues: up to 1 MiB of lines waits in memory, and each new line is another attempt. Is the folder writable, and is the disk full?",
      path_.string(), std::strerror(error_));
}

/// The file contains complete lines only: the part of a line that still fitted is cut off again.
bool DailyFile::append_waiting() {
  struct stat before {};
  bool const knows_size = ::fstat(file_.get(), &before) == 0;
  auto const [written, error] = write_all(file_.get(), waiting_);
  if (error == 0) {
    waiting_.clear();
    return true;
  }
  error_ = error;
  std::size_t const complete = written == 0 ? 0 : waiting_.rfind('\n', written - 1) + 1;
  if (knows_size && written > complete) {
    (void)!::ftruncate(file_.get(), before.st_size + static_cast<off_t>(complete));
  }
  waiting_.erase(0, complete);
  return false;
}

/// After a failure the same file is continued, so that a full disk does not lead to more files.
bool DailyFile::is_ready(std::chrono::sys_days day) {
  if (day == day_ && is_created_) {
    if (file_.is_open() && !is_unlinked()) return true;
    if (!file_.is_open() && reopen()) return end_line();
  }
  return open_next(day);
}

/// Creates a new file with the first free number of the day.
bool DailyFile::open_next(std::chrono::sys_days day) {
  (void)file_.close();
  bool const finished = std::exchange(is_created_, false);
  day_ = day;
  std::size_t number = 0;
  for (LogFile const& each : existing_files(folder_, kind_)) {
    if (each.day == day) number = each.number + 1;
  }
  do {
    std::string const name = log_file_name(kind_, day, number++);
    path_ = folder_ / name;
    hooks_.opens(name);
    file_ = Descriptor(path_, append_flags | O_CREAT | O_EXCL, 0644);
    error_ = errno;
  } while (!file_.is_open() && error_ == EEXIST);
  is_created_ = file_.is_open();
  if (finished) hooks_.finished();
  return is_created_;
}

bool DailyFile::reopen() {
  file_ = Descriptor(path_, append_flags);
  error_ = errno;
  return file_.is_open();
}

/// Adds a line end if the open file ends within a line.
bool DailyFile::end_line() {
  struct stat status {};
  char last = '\n';
  if (::fstat(file_.get(), &status) == 0 && status.st_size > 0) {
    (void)pread_all(file_.get(), static_cast<std::uint64_t>(status.st_size - 1),
                    std::as_writable_bytes(std::span(&last, 1)));
  }
  if (last == '\n') return true;
  int const error = write_all(file_.get(), std::string_view("\n")).error;
  if (error != 0) error_ = error;
  return error == 0;
}

/// The file of the day may have been deleted.
bool DailyFile::is_unlinked() const {
  struct stat status {};
  return ::fstat(file_.get(), &status) == 0 && status.st_nlink == 0;
}

}  // namespace moneta
