// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/writer.h"

#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/worker.h"

namespace moneta {

namespace {

constexpr int max_tries = 3;
constexpr double first_pause_s = 0.5;
constexpr double pause_growth = 4;

void sleep_for(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

struct CheckpointWriter::State {
  State(std::filesystem::path into, WriterActions how)
      : folder(std::move(into)), actions(std::move(how)) {
    if (!actions.pause) actions.pause = sleep_for;
  }

  /// Tries once. Returns false if another try may help.
  bool try_to_write(Snapshot const& snapshot, WriteResult& result) const {
    try {
      ++result.tries;
      result.saved = actions.write(folder, {snapshot.header, snapshot.arrays()});
      result.error.clear();
      return true;
    } catch (Error const& error) {
      result.error = error.what();
      return error.kind() != ErrorKind::disk;
    } catch (std::exception const& error) {
      result.error = fmt::format("cannot save the checkpoint ({}). Is the machine out of memory?",
                                 error.what());
      return false;
    }
  }

  WriteResult write(Snapshot const& snapshot) const {
    auto const start = std::chrono::steady_clock::now();
    WriteResult result;
    result.coin = snapshot.header.coin;
    double pause_s = first_pause_s;
    while (!try_to_write(snapshot, result) && result.tries < max_tries) {
      actions.pause(pause_s);
      pause_s *= pause_growth;
    }
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
  }

  void handle(Snapshot const& snapshot) {
    WriteResult result = write(snapshot);
    std::lock_guard const lock(mutex);
    finished.push_back(std::move(result));
  }

  std::filesystem::path const folder;
  WriterActions actions;
  std::mutex mutex;
  std::vector<WriteResult> finished;  // under the mutex
  Worker<Snapshot> worker{"checkpoints", 1, [this](Snapshot const& snapshot) { handle(snapshot); }};
};

CheckpointWriter::CheckpointWriter(std::filesystem::path folder, WriterActions actions)
    : state_(std::make_unique<State>(std::move(folder), std::move(actions))) {}

CheckpointWriter::~CheckpointWriter() = default;

void CheckpointWriter::wait_for_room() { state_->worker.wait_for_room(); }

void CheckpointWriter::submit(Snapshot snapshot) {
  do {
    state_->worker.wait_for_room();
    // NOLINTNEXTLINE(bugprone-use-after-move): a refused snapshot is not moved from
  } while (!state_->worker.post(std::move(snapshot)));
}

std::vector<WriteResult> CheckpointWriter::take_finished() {
  std::lock_guard const lock(state_->mutex);
  return std::exchange(state_->finished, {});
}

void CheckpointWriter::drain() { state_->worker.wait_until_idle(); }

}  // namespace moneta
