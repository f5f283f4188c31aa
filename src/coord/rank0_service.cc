// SPDX-License-Identifier: Apache-2.0
#include "coord/rank0_service.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/worker.h"
#include "checkpoint/rotation.h"
#include "coord/telemetry_fanout.h"
#include "run/run_folder.h"
#include "telemetry/monitor/heartbeat_monitor.h"

namespace moneta {
namespace {

constexpr std::size_t droppable_capacity = 10'000;
constexpr char stall_hint[] =
    "Is it waiting for its GPU, its disk or a rank of its team? The kernel log (dmesg) may show why";

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;  // clang 14 needs it

}  // namespace

struct Rank0Service::State {
  State(Config const& settings, CheckpointIndex start, std::size_t ranks)
      : config(settings),
        folder(settings),
        index(std::move(start)),
        training({fmt::format("the training of rank 0 (process {})", getpid())}, stall_hint),
        telemetry(settings, ranks, [this](EventRecord event) { deliver(std::move(event)); }) {}

  void start();
  void deliver(RankMessage message);
  void handle(RankMessage const& message);
  void handle_undelivered();
  void add_to_index(SavedCheckpoint const& saved);
  void commit_index();
  void tick();
  void check_training();

  Config const config;
  RunFolder const folder;
  CheckpointIndex index;
  std::vector<SavedCheckpoint> dropped;  // to be deleted once the index no longer lists them
  bool index_is_written = true, is_drained = false;
  std::atomic<bool> training_is_alive = false;
  HeartbeatMonitor training;

  std::mutex mutex;
  std::vector<RankMessage> undelivered;  // before the worker starts and after it was closed
  std::optional<Worker<RankMessage>> worker;
  TelemetryFanout telemetry;  // last: its threads deliver events until it is destroyed
};

void Rank0Service::State::start() {
  std::lock_guard const lock(mutex);
  worker.emplace(
      "rank0-service", Worker<RankMessage>::unlimited,
      [this](RankMessage const& message) { handle(message); },
      WorkerOptions{.droppable_capacity = droppable_capacity, .tick = [this] { tick(); }});
  for (RankMessage& message : std::exchange(undelivered, {})) worker->post(std::move(message));
}

void Rank0Service::State::deliver(RankMessage message) {
  std::lock_guard const lock(mutex);
  if (std::holds_alternative<ProgressTick>(message) ||
      std::holds_alternative<DeviceSample>(message)) {
    // If a disk does not respond for long, these may be lost: they are outdated soon anyway.
    if (worker) worker->post_droppable(std::move(message));
    return;
  }
  if (worker && worker->post(std::move(message))) return;
  // NOLINTNEXTLINE(bugprone-use-after-move): a refused message is not moved from
  undelivered.push_back(std::move(message));
}

void Rank0Service::State::handle(RankMessage const& message) {
  std::visit(Overloaded{[this](SavedCheckpoint const& saved) { add_to_index(saved); },
                        [](RankFinished const& /*finished*/) {},
                        [this](RankStage const& begun) { training.set_activity(0, begun.stage); },
                        [this](auto const& record) { telemetry.on(record); }},
             message);
  telemetry.tick();  // between the worker's ticks as well, so that status.json shows a stop at once
}

/// After the worker's end, in the calling thread.
void Rank0Service::State::handle_undelivered() {
  while (!undelivered.empty()) {
    for (RankMessage const& message : std::exchange(undelivered, {})) {
      try {
        handle(message);
      } catch (std::exception const& failure) {
        log_error(failure.what());
      }
    }
  }
}

void Rank0Service::State::add_to_index(SavedCheckpoint const& saved) {
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
    // The old index is complete, and all the files that it lists still exist.
    telemetry.on(EventRecord{
        .severity = Severity::error, .event = Event::index_not_written, .message = failure.what()});
  }
}

void Rank0Service::State::tick() {
  telemetry.tick();
  check_training();
}

/// This thread still runs if the training of this rank hangs in a driver or a file system.
void Rank0Service::State::check_training() {
  if (training_is_alive.exchange(false)) training.record_heartbeat(0);
  for (EventRecord const& event : training.check(steady_clock_s())) telemetry.on(event);
  double const watchdog_s = config.run.watchdog_minutes * 60;
  if (watchdog_s == 0 || !training.silent_for(watchdog_s)) return;
  telemetry.on(
      EventRecord{.severity = Severity::error,
                  .event = Event::watchdog,
                  .message = fmt::format("{} (run.watchdog_minutes): the run ends with status {}",
                                         training.silence_text(0), exit_stopped)});
  telemetry.close({.exit_status = exit_stopped, .by_watchdog = true});
  std::_Exit(exit_stopped);  // only the hanging thread may call MPI; the launcher ends the others
}

Rank0Service::Rank0Service(Config const& config, CheckpointIndex index, std::size_t ranks)
    : state_(std::make_unique<State>(config, std::move(index), ranks)) {
  state_->start();
}

Rank0Service::~Rank0Service() { drain(); }

void Rank0Service::record_heartbeat() noexcept { state_->training_is_alive = true; }

void Rank0Service::deliver(RankMessage message) { state_->deliver(std::move(message)); }

bool Rank0Service::drain() {
  state_->worker->close();
  if (!std::exchange(state_->is_drained, true) && !state_->index_is_written) {
    state_->commit_index();  // the disk may have space again
  }
  return state_->index_is_written;
}

void Rank0Service::close(RunEnd const& end) {
  drain();
  state_->telemetry.close(end);
  state_->handle_undelivered();  // events of the threads that this has ended
}

}  // namespace moneta
