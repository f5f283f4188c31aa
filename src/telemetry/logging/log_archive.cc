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

#include "base/error.h"
#include "base/log.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/log_steps.h"

namespace moneta {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_files_in_an_event = 100;

/// What "log_rotated" tells.
class Done {
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
    std::string text = "log files:";
    char const* between = " ";
    auto const add = [&](std::string const& part) {
      text += between + part;
      between = ", ";
    };
    if (!compressed_.empty()) {
      add(fmt::format("{} compressed ({} to {} bytes)", compressed_.size(), bytes_before_,
                      bytes_after_));
    }
    if (!copied_.empty()) add(fmt::format("{} copied to the backup", copied_.size()));
    if (!deleted_.empty()) add(fmt::format("{} deleted for their age", deleted_.size()));
    return {Severity::info,
            "log_rotated",
            text,
            "",
            0,
            {{"compressed", compressed_}, {"copied", copied_}, {"deleted", deleted_}}};
  }

 private:
  Json compressed_ = Json::array(), copied_ = Json::array(), deleted_ = Json::array();
  std::uint64_t bytes_before_ = 0, bytes_after_ = 0;
};

enum class Step { list, compress, copy, remove };
constexpr std::array<char const*, 4> step_names = {"list", "compress", "copy", "delete"};

struct Failures {
  std::size_t files = 0;
  std::string first;  ///< why the first of them failed
};

}  // namespace

struct LogArchive::State {
  State(fs::path where, LogArchiveSettings how, std::function<void(EventRecord)> taker)
      : folder(std::move(where)), settings(std::move(how)), tell(std::move(taker)) {}

  fs::path const folder;
  LogArchiveSettings const settings;
  std::function<void(EventRecord)> const tell;

  std::mutex mutex;
  std::condition_variable changed, rested;
  std::map<std::string, std::string, std::less<>> written;  // file names by kind
  std::uint64_t wakes = 0, answered = 0;
  std::atomic<bool> stopping = false;

  // Of the thread alone.
  Done done;
  std::map<Step, Failures> failures;
  std::set<Step> told;  // steps whose failure was told and that have not worked since
  std::set<std::string> backed_up;
  std::thread thread;

  void run();
  void look();
  void look_at(std::string_view kind);
  bool is_written(std::string_view kind, LogFile const& file);
  void work_off(LogFile file);
  template <class Work>
  bool try_step(Step step, Work const& work);
  void say(EventRecord event);
  void tell_done();
  void tell_failures();
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
    look();
    lock.lock();
    answered = answering;
    rested.notify_all();
  }
}

void LogArchive::State::look() {
  failures.clear();
  try_step(Step::list, [&] { remove_leftover_logs(folder); });
  for (std::string_view const kind : log_kinds) {
    try_step(Step::list, [&] { look_at(kind); });
  }
  tell_done();
  if (!stopping) tell_failures();
}

void LogArchive::State::look_at(std::string_view kind) {
  auto const today = local_day(settings.clock());
  for (LogFile const& file : log_files(folder, kind)) {
    if (stopping) return;
    // A file is announced before it is made, so that a listed one cannot be unknown here.
    if (file.day >= today || is_written(kind, file)) continue;
    work_off(file);
    if (done.files() >= most_files_in_an_event) tell_done();
  }
}

bool LogArchive::State::is_written(std::string_view kind, LogFile const& file) {
  std::lock_guard const lock(mutex);
  auto const name = written.find(kind);
  return name != written.end() && plain_path(file).filename() == name->second;
}

void LogArchive::State::work_off(LogFile file) {
  auto const age = local_day(settings.clock()) - file.day;
  bool const too_old = age.count() > settings.keep_days;
  bool const is_copied = settings.backup_folder.has_value();
  if (settings.compress && !file.compressed && (is_copied || !too_old)) {
    bool const worked = try_step(Step::compress, [&] {
      CompressedLog const log = compress_log(file);
      done.compressed(log);
      file = log.file;
    });
    if (!worked) return;
  }
  if (is_copied && !backed_up.contains(file.path.filename())) {
    bool const worked = try_step(Step::copy, [&] {
      if (back_up_log(file, *settings.backup_folder / settings.run_name)) done.copied(file);
      backed_up.insert(file.path.filename());
    });
    if (!worked) return;
  }
  if (!too_old) return;
  try_step(Step::remove, [&] {
    remove_log(file);
    done.deleted(file);
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

void LogArchive::State::say(EventRecord event) {
  try {
    tell(std::move(event));
  } catch (std::exception const& failure) {
    log_warning(fmt::format("an event of the log archive was lost ({})", failure.what()));
  }
}

void LogArchive::State::tell_done() {
  if (done.files() == 0) return;
  say(std::exchange(done, {}).event());
}

void LogArchive::State::tell_failures() {
  std::erase_if(told, [this](Step step) { return !failures.contains(step); });
  for (auto const& [step, all] : failures) {
    if (!told.insert(step).second) continue;
    char const* const name = step_names.at(static_cast<std::size_t>(step));
    say({Severity::warning,
         "log_archive_failed",
         fmt::format(
             "{} (log files that wait for this: {}; tried again until it works, the logs stay as they are)",
             all.first, all.files),
         "",
         0,
         {{"step", name}, {"files", all.files}}});
  }
}

LogArchive::LogArchive(fs::path folder, LogArchiveSettings settings,
                       std::function<void(EventRecord)> tell)
    : state_(std::make_unique<State>(std::move(folder), std::move(settings), std::move(tell))) {
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
  state_->rested.wait(lock, [&] { return state_->stopping || state_->answered >= wanted; });
}

void LogArchive::stop() {
  {
    std::lock_guard const lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_one();
  state_->rested.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace moneta
