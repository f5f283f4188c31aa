// SPDX-License-Identifier: Apache-2.0
#include "run/status_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/host.h"
#include "io/replace_file.h"
#include "telemetry/display/progress.h"
#include "telemetry/display/render_progress.h"

namespace moneta {
namespace {

constexpr double seconds_between_writes = 2;
constexpr std::size_t most_events = 10;
constexpr std::size_t longest_message = 500;

}  // namespace

StatusFile::StatusFile(std::filesystem::path path, Run run,
                       std::function<void(EventRecord)> on_failure)
    : StatusFile(std::move(path), std::move(run), std::move(on_failure), system_clock_ms,
                 steady_clock_s) {}

StatusFile::StatusFile(std::filesystem::path path, Run run,
                       std::function<void(EventRecord)> on_failure,
                       std::function<std::int64_t()> clock_ms, std::function<double()> clock_s)
    : path_(std::move(path)),
      on_failure_(std::move(on_failure)),
      clock_ms_(std::move(clock_ms)),
      clock_s_(std::move(clock_s)),
      view_(run.coins, run.epochs, clock_s_()) {
  status_.run = std::move(run.name);
  status_.host = host_name();
  status_.pid = ::getpid();
  status_.started_ms = status_.reported_ms = clock_ms_();
  status_.state = RunState::starting;
  status_.epochs = run.epochs;
  status_.ranks = run.ranks;
  status_.readings.resize(run.ranks, Json::object());
  write();
}

StatusFile::~StatusFile() { close(RunState::failed); }

void StatusFile::take(EpochRecord const& record) {
  view_.take(record);
  note_report();
}

void StatusFile::take(EventRecord const& record) {
  view_.take(record);
  if (is_on_terminal(record)) {
    events_.push_back({clock_ms_(), record});
    std::string& message = events_.back().event.message;
    message = cut(message, longest_message);
    if (events_.size() > most_events) events_.pop_front();
  }
  status_.reported_ms = clock_ms_();
  tick();
}

void StatusFile::take(ProgressTick const& tick) {
  view_.take(tick, clock_s_());
  note_report();
}

void StatusFile::take_reading(std::size_t rank, Json reading) {
  if (status_.readings.size() <= rank) status_.readings.resize(rank + 1, Json::object());
  status_.readings[rank] = std::move(reading);
  tick();
}

void StatusFile::stop() {
  if (closed_ || std::exchange(status_.state, RunState::stopping) == RunState::stopping) return;
  write();
}

void StatusFile::tick() {
  if (!closed_ && clock_s_() - written_s_ >= seconds_between_writes) write();
}

void StatusFile::close(RunState end) {
  if (closed_) return;
  status_.state = end;
  write();
  closed_ = true;
}

/// A coin is being trained.
void StatusFile::note_report() {
  if (status_.state == RunState::starting) status_.state = RunState::running;
  status_.reported_ms = clock_ms_();
  tick();
}

void StatusFile::write() {
  written_s_ = clock_s_();  // also of a failure: it is not tried more often
  std::string const why = try_to_write();
  if (why.empty()) {
    failing_ = false;
    return;
  }
  // A full disk takes no file, but a time: who looks must not take the run for dead.
  ::utimensat(AT_FDCWD, path_.c_str(), nullptr, 0);
  if (std::exchange(failing_, true)) return;
  on_failure_(
      {Severity::warning,
       "status_not_written",
       fmt::format(
           "cannot write '{}' ({}). The run goes on and tries again; until then `moneta status` shows old news. Is the folder writable, and the disk not full?",
           path_.string(), why),
       "",
       0,
       {{"path", path_.string()}}});
}

/// Returns why it failed, or nothing.
std::string StatusFile::try_to_write() {
  try {
    status_.written_ms = clock_ms_();
    status_.elapsed_seconds = view_.elapsed_seconds(written_s_);
    status_.eta_seconds = view_.remaining_seconds();
    status_.coins = view_.coins();
    status_.events.assign(events_.begin(), events_.end());
    return replace_file(
        path_, to_json(status_).dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  } catch (std::exception const& failure) {
    return failure.what();
  }
}

}  // namespace moneta
