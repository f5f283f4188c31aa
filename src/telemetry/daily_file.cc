// SPDX-License-Identifier: Apache-2.0
#include "telemetry/daily_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace moneta {

std::int64_t system_clock_ms() {
  namespace chrono = std::chrono;
  return chrono::duration_cast<chrono::milliseconds>(chrono::system_clock::now().time_since_epoch())
      .count();
}

DailyFile::DailyFile(std::filesystem::path folder, std::string name, ClockMs clock)
    : folder_(std::move(folder)), name_(std::move(name)), clock_(std::move(clock)) {
  MONETA_REQUIRE(open(today()), disk, "cannot write the log '", path_.string(), "' (",
                 std::strerror(why_), "). Is the folder writable, and the disk not full?");
}

DailyFile::~DailyFile() {
  close();
  if (lost_lines_ > 0) {
    log_warning(cat("lines of the log '", path_.string(), "' that were lost: ", lost_lines_));
  }
}

void DailyFile::write(std::string_view line) {
  std::string const day = today();
  bool const ready = (file_ >= 0 && day == day_ && !is_unlinked()) || open(day);
  if (ready && append(std::string(line) + '\n')) return;
  close();  // to be opened afresh: the file may end in the middle of this line
  if (lost_lines_++ == 0) {
    log_warning(cat("cannot write the log '", path_.string(), "' (", std::strerror(why_),
                    "). The run goes on and tries again with each line; until then lines are "
                    "lost"));
  }
}

std::string DailyFile::today() const {
  auto const time_s = static_cast<std::time_t>(clock_() / 1000);
  std::tm local{};
  localtime_r(&time_s, &local);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &local)};
}

bool DailyFile::open(std::string const& day) {
  close();
  day_ = day;
  path_ = folder_ / (name_ + "-" + day + ".jsonl");
  file_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) {
    why_ = errno;
    return false;
  }
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
