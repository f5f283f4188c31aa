// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_archive.h"

#include <pthread.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/log_steps.h"

namespace moneta {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_files_per_event = 100;

/// The finished work that a "log_rotated" event reports.
class FinishedWork {
 public:
  void compressed(CompressedLog const& log) {
    bytes_before_ += log.bytes_before;
    bytes_after_ += log.bytes_after;
    compressed_.push_back({{"file", log.file.path.filename().string()},
                           {"bytes_before", log.bytes_before},
                           {"bytes_after", log.bytes_after}});
  }
  void copied(LogFile const& file) { copied_.push_back(file.path.filename().string()); }
  void deleted(LogFile const& file) { deleted_.push_back(file.path.filename().string()); }

  std::size_t files() const { return compressed_.size() + copied_.size() + deleted_.size(); }

  EventRecord event() const {
    std::vector<std::string> parts;
    if (!compressed_.empty()) {
      parts.push_back(fmt::format("{} compressed ({} to {} bytes)", compressed_.size(),
                                  bytes_before_, bytes_after_));
    }
    if (!copied_.empty()) parts.push_back(fmt::format("{} copied to the backup", copied_.size()));
    if (!deleted_.empty()) parts.push_back(fmt::format("{} too old and deleted", deleted_.size()));
    return {.severity = Severity::info,
            .event = Event::log_rotated,
            .message = "log files: " + joined(parts),
            .details = {{"compressed", compressed_}, {"copied", copied_}, {"deleted", deleted_}}};
  }

 private:
  Json compressed_ = Json::array(), copied_ = Json::array(), deleted_ = Json::array();
  std::uint64_t bytes_before_ = 0, bytes_after_ = 0;
};

enum class Step { list, compress, copy, remove };
constexpr std::array<char const*, 4> step_names = {"list", "compress", "copy", "delete"};

struct Failures {
  std::size_t files = 0;
  std::string first;  // why the first of them failed
};

}  // namespace

struct LogArchive::State {
  State(fs::path where, LogArchiveSettings how, std::function<void(EventRecord)> reporter)
      : folder(std::move(where)), settings(std::move(how)), report(std::move(reporter)) {}

  fs::path const folder;
  LogArchiveSettings const settings;
  std::function<void(EventRecord)> const report;

  std::mutex mutex;
  std::condition_variable changed, finished_pass;
  std::map<std::string, std::string, std::less<>> written;  // file names by kind
  std::uint64_t wakes = 0, answered = 0;
  std::atomic<bool> stopping = false;

  // Used by the thread only.
  FinishedWork finished;
  std::map<Step, Failures> failures;
  std::set<Step> reported;  // steps with a reported failure that have not succeeded since
  std::set<std::string> backed_up;
  std::thread thread;

  void run();
  void process_folder();
  void process_kind(std::string_view kind);
  bool is_written(std::string_view kind, LogFile const& file);
  void process(LogFile file);
  template <class Work>
  bool try_step(Step step, Work const& work);
  void report_event(EventRecord event);
  void report_finished();
  void report_failures();
};

void LogArchive::State::run() {
  ::pthread_setname_np(::pthread_self(), "log_archive");
  std::unique_lock lock(mutex);
  auto const due = [this] { return stopping || wakes > answered; };
  while (true) {
    if (failures.empty()) {
      changed.wait(lock, due);
    } else {
      changed.wait_for(lock, settings.retry_after, due);
    }
    if (stopping) return;
    std::uint64_t const answering = wakes;
    lock.unlock();
    process_folder();
    lock.lock();
    answered = answering;
    finished_pass.notify_all();
  }
}

void LogArchive::State::process_folder() {
  failures.clear();
  try_step(Step::list, [&] { remove_leftover_logs(folder); });
  for (std::string_view const kind : log_kinds) {
    try_step(Step::list, [&] { process_kind(kind); });
  }
  report_finished();
  if (!stopping) report_failures();
}

void LogArchive::State::process_kind(std::string_view kind) {
  auto const today = local_day(settings.clock());
  for (LogFile const& file : log_files(folder, kind)) {
    if (stopping) return;
    // `now_writes` is called before a file is created, so that every listed file is known here.
    if (file.day >= today || is_written(kind, file)) continue;
    process(file);
    if (finished.files() >= max_files_per_event) report_finished();
  }
}

bool LogArchive::State::is_written(std::string_view kind, LogFile const& file) {
  std::lock_guard const lock(mutex);
  auto const name = written.find(kind);
  return name != written.end() && plain_path(file).filename() == name->second;
}

void LogArchive::State::process(LogFile file) {
  auto const age = local_day(settings.clock()) - file.day;
  bool const too_old = age.count() > settings.keep_days;
  bool const is_copied = settings.backup_folder.has_value();
  if (settings.compress && !file.compressed && (is_copied || !too_old)) {
    bool const succeeded = try_step(Step::compress, [&] {
      CompressedLog const log = compress_log(file);
      finished.compressed(log);
      file = log.file;
    });
    if (!succeeded) return;
  }
  if (is_copied && !backed_up.contains(file.path.filename())) {
    bool const succeeded = try_step(Step::copy, [&] {
      if (back_up_log(file, fs::path(*settings.backup_folder) / settings.run_name))
        finished.copied(file);
      backed_up.insert(file.path.filename());
    });
    if (!succeeded) return;
  }
  if (!too_old) return;
  try_step(Step::remove, [&] {
    remove_log(file);
    finished.deleted(file);
    backed_up.erase(file.path.filename());
  });
}

template <class Work>
bool LogArchive::State::try_step(Step step, Work const& work) {
  try {
    work();
    return true;
  } catch (std::exception const& failure) {
    Failures& all = failures[step];
    if (all.files++ == 0) all.first = failure.what();
    return false;
  }
}

void LogArchive::State::report_event(EventRecord event) {
  try {
    report(std::move(event));
  } catch (std::exception const& failure) {
    log_warning(fmt::format("an event of the log archive is lost ({})", failure.what()));
  }
}

void LogArchive::State::report_finished() {
  if (finished.files() == 0) return;
  report_event(std::exchange(finished, {}).event());
}

void LogArchive::State::report_failures() {
  std::erase_if(reported, [this](Step step) { return !failures.contains(step); });
  for (auto const& [step, all] : failures) {
    if (!reported.insert(step).second) continue;
    char const* const name = step_names.at(static_cast<std::size_t>(step));
    report_event(
        {.severity = Severity::warning,
         .event = Event::log_archive_failed,
         .message = fmt::format(
             "{} (log files that wait for this step: {}; they are kept, and the step is repeated until it succeeds)",
             all.first, all.files),
         .details = {{"step", name}, {"files", all.files}}});
  }
}

LogArchive::LogArchive(fs::path folder, LogArchiveSettings settings,
                       std::function<void(EventRecord)> report)
    : state_(std::make_unique<State>(std::move(folder), std::move(settings), std::move(report))) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

LogArchive::~LogArchive() { stop(); }

void LogArchive::now_writes(std::string_view kind, std::string const& file_name) {
  std::lock_guard const lock(state_->mutex);
  state_->written.insert_or_assign(std::string(kind), file_name);
}

void LogArchive::wake() {
  {
    std::lock_guard const lock(state_->mutex);
    ++state_->wakes;
  }
  state_->changed.notify_one();
}

void LogArchive::drain() {
  std::unique_lock lock(state_->mutex);
  std::uint64_t const wanted = state_->wakes;
  state_->finished_pass.wait(lock, [&] { return state_->stopping || state_->answered >= wanted; });
}

void LogArchive::stop() {
  {
    std::lock_guard const lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_one();
  state_->finished_pass.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace moneta
