// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/log.h"

namespace moneta {

/// The optional settings of a `Worker`.
struct WorkerOptions {
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  /// `post_droppable` accepts an item only while fewer items than this wait; never more than the
  /// capacity.
  std::size_t droppable_capacity = unlimited;
  std::chrono::milliseconds tick_interval{1'000};
  std::function<void()> tick = {};  ///< none: no ticks
  /// Receives the exceptions of the other functions, in the thread. None: they go to `log_error`.
  std::function<void(std::exception const&)> on_error = {};
};

/// A thread with a queue. It handles one item at a time, in the order in which they were posted. If
/// there is a `tick` function, the thread calls it once per interval until `close` is called; an
/// item that takes longer than the interval delays it.
///
/// A std::exception that one of the functions throws goes to `on_error`, and the thread continues
/// with the next item. The functions may call `post`, but not `close`, `wait_for_room` or
/// `wait_until_idle`. The thread runs from the constructor to `close` or the destructor, so declare
/// a Worker after everything that its functions use.
template <class Item>
class Worker {
 public:
  static constexpr std::size_t unlimited = WorkerOptions::unlimited;

  /// `name` is the thread's name, at most 15 bytes. At most `capacity` items wait, not counting the
  /// one that is being handled. Throws std::system_error if no thread can be started.
  Worker(std::string name, std::size_t capacity, std::function<void(Item)> handle,
         WorkerOptions options = {})
      : name_(std::move(name)),
        capacity_(capacity),
        handle_(std::move(handle)),
        options_(std::move(options)) {
    assert(name_.size() < 16 && capacity_ > 0);
    thread_ = std::thread([this] { run(); });
  }
  Worker(Worker const&) = delete;
  Worker& operator=(Worker const&) = delete;
  ~Worker() { close(); }

  /// Queues the item; does not wait. If the queue is full or closed, returns false and does not
  /// move from the item. May be called from any thread.
  bool post(Item&& item) { return post_below(capacity_, item); }

  /// The same for an item that may be lost: also returns false if `droppable_capacity` items wait.
  bool post_droppable(Item&& item) {
    return post_below(std::min(capacity_, options_.droppable_capacity), item);
  }

  /// Waits until the queue is not full, or closed.
  void wait_for_room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || queue_.size() < capacity_; });
  }

  /// Waits until no item is queued or being handled.
  void wait_until_idle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.empty() && !is_busy_; });
  }

  /// Accepts no more items, waits until all queued items are handled, and ends the thread. Further
  /// calls do nothing. Must not be called by several threads at the same time.
  void close() noexcept {
    {
      std::lock_guard const lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool post_below(std::size_t bound, Item& item) {
    {
      std::lock_guard const lock(mutex_);
      if (closed_ || queue_.size() >= bound) return false;
      queue_.push_back(std::move(item));
    }
    changed_.notify_all();
    return true;
  }

  void run() {
    ::pthread_setname_np(::pthread_self(), name_.c_str());
    auto next_tick = Clock::now() + options_.tick_interval;
    std::unique_lock lock(mutex_);
    while (true) {
      wait_for_work(lock, next_tick);
      if (queue_.empty() && closed_) return;
      if (!queue_.empty()) handle_first(lock);
      if (!options_.tick || closed_ || Clock::now() < next_tick) continue;
      lock.unlock();
      guarded(options_.tick);
      next_tick = Clock::now() + options_.tick_interval;
      lock.lock();
    }
  }

  void wait_for_work(std::unique_lock<std::mutex>& lock, Clock::time_point next_tick) {
    auto const has_work = [this] { return closed_ || !queue_.empty(); };
    if (options_.tick) {
      changed_.wait_until(lock, next_tick, has_work);
    } else {
      changed_.wait(lock, has_work);
    }
  }

  void handle_first(std::unique_lock<std::mutex>& lock) {
    is_busy_ = true;
    guarded([&] {
      Item item = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      changed_.notify_all();  // there is room
      handle_(std::move(item));
    });
    if (!lock.owns_lock()) lock.lock();
    is_busy_ = false;
    changed_.notify_all();
  }

  template <class Work>
  void guarded(Work const& work) noexcept {
    try {
      work();
    } catch (std::exception const& failure) {
      try {
        options_.on_error ? options_.on_error(failure) : log_error(failure.what());
      } catch (std::exception const&) {
        // There is no other way to report it.
      }
    }
  }

  std::string const name_;
  std::size_t const capacity_;
  std::function<void(Item)> const handle_;
  WorkerOptions const options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;  // the mutex guards this and the two members below
  bool is_busy_ = false;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace moneta
