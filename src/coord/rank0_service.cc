// SPDX-License-Identifier: Apache-2.0
#include "coord/rank0_service.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "coord/telemetry_fanout.h"
#include "run/run_folder.h"
#include "telemetry/monitor/heartbeat_monitor.h"

namespace moneta {
namespace {

constexpr std::chrono::seconds between_beats{1};
constexpr std::size_t most_waiting = 10'000;
constexpr char stall_hint[] =
    "Does it wait for its card, its disk or a rank of its team? The driver's log (dmesg) may tell.";

}  // namespace

struct Rank0Service::State {
  State(Config const& settings, CheckpointIndex start, std::size_t ranks)
      : config(settings),
        folder(settings),
        index(std::move(start)),
        training({fmt::format("the training of rank 0 (process {})", getpid())}, stall_hint),
        telemetry(settings, ranks, [this](EventRecord record) { deliver(std::move(record)); }) {}

  void deliver(RankMessage report);
  void run();
  void watch_training();
  void take_one(RankMessage const& report);
  template <class Each>
  void take(Each const& each) {
    telemetry.take(each);
  }
  void take(SavedCheckpoint const& saved);
  void take(RankFinished const& /*done*/) {}
  void commit_index();

  Config const config;
  RunFolder const folder;
  CheckpointIndex index;
  std::vector<SavedCheckpoint> dropped;  // to be deleted once the index no longer names them
  bool index_is_written = true;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<RankMessage> waiting;
  bool closing = false;
  std::thread thread;
  std::atomic<bool> training_lives = false;
  HeartbeatMonitor training;
  TelemetryFanout telemetry;  // last: it delivers as soon as it is made
};

void Rank0Service::State::deliver(RankMessage report) {
  {
    std::lock_guard const lock(mutex);
    // If a disk does not answer for long: what is soon out of date anyway.
    bool const can_be_spared = std::holds_alternative<ProgressTick>(report) ||
                               std::holds_alternative<DeviceSample>(report);
    if (can_be_spared && waiting.size() >= most_waiting) return;
    waiting.push_back(std::move(report));
  }
  changed.notify_one();
}

void Rank0Service::State::run() {
  ::pthread_setname_np(::pthread_self(), "collector");
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait_for(lock, between_beats, [this] { return closing || !waiting.empty(); });
    if (waiting.empty() && closing) return;
    std::optional<RankMessage> report;
    if (!waiting.empty()) {
      report = std::move(waiting.front());
      waiting.pop_front();
    }
    bool const ending = closing;
    lock.unlock();
    if (report) take_one(*report);
    try {
      telemetry.tick();
      if (!ending) watch_training();
    } catch (std::exception const& failure) {
      log_error(failure.what());
    }
    lock.lock();
  }
}

/// This thread goes on where the training of its own rank does not, in a driver or a file system.
void Rank0Service::State::watch_training() {
  if (training_lives.exchange(false)) training.record_heartbeat(0);
  for (EventRecord const& event : training.check(steady_clock_s())) take(event);
  double const watchdog_s = config.run.watchdog_minutes * 60;
  if (watchdog_s == 0 || !training.silent_for(watchdog_s)) return;
  take(EventRecord{
      Severity::error, "watchdog",
      fmt::format(
          "{} has given no sign of life for {:g} s (run.watchdog_minutes): the run ends with status {}",
          training.name(0), std::round(training.silence_s(0)), exit_stopped),
      "", 0, Json::object()});
  telemetry.close(exit_stopped, RunEnd::by_watchdog);
  std::_Exit(exit_stopped);  // MPI belongs to the thread that hangs; the launcher ends the others
}

void Rank0Service::State::take_one(RankMessage const& report) {
  try {
    std::visit([this](auto const& each) { take(each); }, report);
  } catch (std::exception const& failure) {
    log_error(failure.what());
  }
}

void Rank0Service::State::take(SavedCheckpoint const& saved) {
  auto const no_longer_kept =
      add_and_rotate(index, saved, config.checkpoint.keep_last, config.checkpoint.keep_best);
  dropped.insert(dropped.end(), no_longer_kept.begin(), no_longer_kept.end());
  commit_index();
}

void Rank0Service::State::commit_index() {
  try {
    commit_rotation(folder.checkpoints(), index, dropped);
    index_is_written = true;
  } catch (Error const& failure) {
    index_is_written = false;
    // The old index is whole and names files that are all still there.
    take(EventRecord{Severity::error, "index_not_written", failure.what(), "", 0, {}});
  }
}

Rank0Service::Rank0Service(Config const& config, CheckpointIndex index, std::size_t ranks)
    : state_(std::make_unique<State>(config, std::move(index), ranks)) {
  state_->thread = std::thread([this] { state_->run(); });
}

Rank0Service::~Rank0Service() { settle(); }

void Rank0Service::send_heartbeat() noexcept { state_->training_lives = true; }

void Rank0Service::deliver(RankMessage report) { state_->deliver(std::move(report)); }

bool Rank0Service::settle() {
  {
    std::lock_guard const lock(state_->mutex);
    state_->closing = true;
  }
  state_->changed.notify_one();
  if (state_->thread.joinable()) {
    state_->thread.join();
    if (!state_->index_is_written) state_->commit_index();  // the disk may have room again
  }
  return state_->index_is_written;
}

void Rank0Service::close(int exit_status, RunEnd how) {
  settle();
  state_->telemetry.close(exit_status, how);
  // Events of the threads that `close` has ended.
  for (std::deque<RankMessage>& waiting = state_->waiting; !waiting.empty(); waiting.pop_front()) {
    state_->take_one(waiting.front());
  }
}

}  // namespace moneta
