// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/writer.h"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"

namespace moneta {

namespace {

constexpr int max_tries = 3;
constexpr double first_pause_s = 0.5;  // then four times that

void sleep_for(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

struct CheckpointWriter::State {
  State(std::filesystem::path into, WriterActions how)
      : folder(std::move(into)), actions(std::move(how)) {
    if (!actions.pause) actions.pause = sleep_for;
  }

  /// One try; true if it is settled, false if another one may help.
  bool settled(CoinState const& snapshot, WriteResult& result) const {
    try {
      ++result.tries;
      result.saved = actions.write(folder, snapshot);
      result.error.clear();
      return true;
    } catch (Error const& error) {
      result.error = error.what();
      return error.kind() != ErrorKind::disk;
    } catch (std::exception const& error) {
      result.error = fmt::format("cannot save the checkpoint ({}). Is memory short?", error.what());
      return false;
    }
  }

  WriteResult write(CoinState const& snapshot) const {
    auto const start = std::chrono::steady_clock::now();
    WriteResult result;
    result.coin = snapshot.coin;
    double pause_s = first_pause_s;
    while (!settled(snapshot, result) && result.tries < max_tries) {
      actions.pause(pause_s);
      pause_s *= 4;
    }
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
  }

  /// The thread: writes what waits until it is asked to end and nothing waits any more.
  void run() {
    ::pthread_setname_np(::pthread_self(), "checkpoints");
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return waiting.has_value() || ending; });
      if (!waiting) return;
      {
        CoinState const snapshot = std::move(*waiting);
        waiting.reset();
        writing = true;
        changed.notify_all();
        lock.unlock();
        WriteResult result = write(snapshot);
        lock.lock();
        finished.push_back(std::move(result));
      }  // the snapshot's memory is free before anybody hears that it is written
      writing = false;
      changed.notify_all();
    }
  }

  std::filesystem::path const folder;
  WriterActions actions;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<CoinState> waiting;  // this and all below: under the mutex
  std::vector<WriteResult> finished;
  bool writing = false;
  bool ending = false;
  std::thread thread;
};

CheckpointWriter::CheckpointWriter(std::filesystem::path folder, WriterActions actions)
    : state_(std::make_unique<State>(std::move(folder), std::move(actions))) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

CheckpointWriter::~CheckpointWriter() {
  {
    std::lock_guard const lock(state_->mutex);
    state_->ending = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void CheckpointWriter::wait_for_room() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return !state_->waiting.has_value(); });
}

void CheckpointWriter::submit(CoinState snapshot) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return !state_->waiting.has_value(); });
  state_->waiting = std::move(snapshot);
  state_->changed.notify_all();
}

std::vector<WriteResult> CheckpointWriter::take_finished() {
  std::lock_guard const lock(state_->mutex);
  return std::exchange(state_->finished, {});
}

void CheckpointWriter::drain() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return !state_->waiting.has_value() && !state_->writing; });
}

}  // namespace moneta
