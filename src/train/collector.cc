// SPDX-License-Identifier: Apache-2.0
#include "train/collector.h"

#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "telemetry/run_log.h"
#include "telemetry/terminal.h"
#include "train/run_folder.h"

namespace moneta {

struct Collector::State {
  State(Config const& settings, CheckpointIndex start)
      : config(settings),
        folder(settings),
        log(folder.log()),
        progress(stdout, settings.coins, static_cast<std::int64_t>(settings.train.epochs),
                 terminal_window(STDOUT_FILENO).has_value()),
        index(std::move(start)) {}

  void run();
  void take(EpochRecord const& record);
  void take(EventRecord const& record);
  void take(ProgressTick const& tick) { progress.show(tick); }
  void take(SavedCheckpoint const& saved);
  void take(RankDone const& /*done*/) {}
  void commit_index();

  Config const config;
  RunFolder const folder;
  RunLog log;
  Progress progress;
  CheckpointIndex index;
  std::vector<SavedCheckpoint> dropped;  // to be deleted once the index no longer names them
  bool index_is_written = true;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Report> waiting;
  bool closing = false;
  std::thread thread;
};

void Collector::State::run() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return closing || !waiting.empty(); });
    if (waiting.empty()) return;
    Report const report = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    try {
      std::visit([this](auto const& each) { take(each); }, report);
    } catch (std::exception const& failure) {
      log_error(failure.what());
    }
    lock.lock();
  }
}

void Collector::State::take(EpochRecord const& record) {
  log.write(record);
  progress.show(record);
}

void Collector::State::take(EventRecord const& record) {
  log.write(record);
  progress.show(record);
}

void Collector::State::take(SavedCheckpoint const& saved) {
  auto const no_longer_kept =
      add_and_rotate(index, saved, config.checkpoint.keep_last, config.checkpoint.keep_best);
  dropped.insert(dropped.end(), no_longer_kept.begin(), no_longer_kept.end());
  commit_index();
}

void Collector::State::commit_index() {
  try {
    write_index(folder.checkpoints(), index);
    index_is_written = true;
  } catch (Error const& failure) {
    index_is_written = false;
    take(EventRecord{Severity::error, "index_not_written", failure.what(), "", 0, {}});
    return;  // the old index is whole and names files that are all still there
  }
  for (SavedCheckpoint const& old : dropped) {
    std::error_code ignored;
    std::filesystem::remove(folder.checkpoints() / old.file, ignored);
  }
  dropped.clear();
}

Collector::Collector(Config const& config, CheckpointIndex index)
    : state_(std::make_unique<State>(config, std::move(index))) {
  state_->thread = std::thread([this] { state_->run(); });
}

Collector::~Collector() { close(); }

void Collector::deliver(Report report) {
  {
    std::lock_guard const lock(state_->mutex);
    state_->waiting.push_back(std::move(report));
  }
  state_->changed.notify_one();
}

bool Collector::close() {
  {
    std::lock_guard const lock(state_->mutex);
    state_->closing = true;
  }
  state_->changed.notify_one();
  if (state_->thread.joinable()) {
    state_->thread.join();
    if (!state_->index_is_written) state_->commit_index();  // the disk may have room again
    state_->progress.close();
  }
  return state_->index_is_written;
}

}  // namespace moneta
