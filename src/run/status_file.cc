// SPDX-License-Identifier: Apache-2.0
#include "run/status_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/host.h"
#include "base/text.h"
#include "io/replace_file.h"

namespace moneta {
namespace {

constexpr double seconds_between_writes = 2;
constexpr std::size_t most_events = 10;
constexpr std::size_t longest_message = 500;

}  // namespace

StatusFile::StatusFile(std::filesystem::path path, std::string run, std::size_t ranks,
                       RunView const& view, std::function<void(EventRecord)> on_failure,
                       ClockMs clock_ms, std::function<double()> clock_s)
    : path_(std::move(path)),
      view_(view),
      on_failure_(std::move(on_failure)),
      clock_ms_(std::move(clock_ms)),
      clock_s_(std::move(clock_s)) {
  status_.run = std::move(run);
  status_.host = host_name();
  status_.pid = ::getpid();
  status_.started_ms = status_.reported_ms = clock_ms_();
  status_.state = RunState::starting;
  status_.epochs = view.epochs();
  status_.ranks = ranks;
  write();
}

StatusFile::~StatusFile() { close(RunEnd{.exit_status = static_cast<int>(ErrorKind::internal)}); }

void StatusFile::on(EpochRecord const& /*record*/) { note_training(); }

void StatusFile::on(EventRecord const& record) {
  // The dates of all coins are among the coins.
  if (is_on_terminal(record) && record.event != Event::split_dates) {
    events_.push_back({clock_ms_(), record});
    std::string& message = events_.back().event.message;
    message = cut(message, longest_message);
    if (events_.size() > most_events) events_.pop_front();
  }
  status_.reported_ms = clock_ms_();
  tick();
}

void StatusFile::on(ProgressTick const& /*tick*/) { note_training(); }

void StatusFile::on(DeviceSample const& /*sample*/) { tick(); }

void StatusFile::stop() {
  if (is_closed_ || std::exchange(status_.state, RunState::stopping) == RunState::stopping) return;
  write();
}

void StatusFile::tick() {
  if (!is_closed_ && clock_s_() - written_s_ >= seconds_between_writes) write();
}

void StatusFile::close(RunEnd const& end) {
  if (is_closed_) return;
  status_.state = end.state();
  write();
  is_closed_ = true;
}

void StatusFile::note_training() {
  if (status_.state == RunState::starting) status_.state = RunState::running;
  status_.reported_ms = clock_ms_();
  tick();
}

void StatusFile::write() {
  written_s_ = clock_s_();  // also after a failure, so that it is not retried more often
  std::string const why = try_to_write();
  if (why.empty()) {
    is_failing_ = false;
    return;
  }
  // A full disk does not accept a file, but it does accept a new modification time.
  ::utimensat(AT_FDCWD, path_.c_str(), nullptr, 0);
  if (std::exchange(is_failing_, true)) return;
  on_failure_(
      {.severity = Severity::warning,
       .event = Event::status_not_written,
       .message = fmt::format(
           "cannot write '{}' ({}). Is the folder writable, and is there space on the disk? The run continues and tries again; until then `moneta status` shows an old state",
           path_.string(), why),
       .details = {{"path", path_.string()}}});
}

/// Returns the reason of a failure, or an empty string.
std::string StatusFile::try_to_write() {
  try {
    status_.written_ms = clock_ms_();
    status_.elapsed_seconds = view_.elapsed_seconds(written_s_);
    status_.eta_seconds = view_.remaining_seconds();
    status_.coins = view_.coins();
    status_.events.assign(events_.begin(), events_.end());
    status_.readings = view_.readings();
    status_.readings.resize(std::max(status_.readings.size(), status_.ranks), Json::object());
    return replace_file(
        path_, to_json(status_).dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  } catch (std::exception const& failure) {
    return failure.what();
  }
}

}  // namespace moneta
