// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alert_sender.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace moneta {
namespace {

constexpr std::size_t longest_queue = 100;
constexpr std::chrono::milliseconds longest_pause_at_the_end{500};

/// The process's signals are for its other threads, and a reader that went away must not end it.
void block_signals() {
  sigset_t signals;
  sigfillset(&signals);
  for (int const own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&signals, own);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

AlertSender::AlertSender(AlertTarget target, std::vector<std::chrono::milliseconds> pauses,
                         std::function<void(EventRecord)> report)
    : target_(std::move(target)), pauses_(std::move(pauses)), report_(std::move(report)) {
  thread_ = std::thread([this] { run(); });
}

AlertSender::~AlertSender() {
  close(Clock::now());
  join();
}

void AlertSender::push(Alert alert) {
  {
    std::lock_guard const lock(mutex_);
    if (closing_) return;
    if (queue_.size() >= longest_queue) {
      queue_.pop_front();
      ++pushed_out_;
    }
    queue_.push_back(std::move(alert));
  }
  changed_.notify_all();
}

void AlertSender::close(Clock::time_point close_by) {
  {
    std::lock_guard const lock(mutex_);
    closing_ = true;
    close_by_ = std::min(close_by_, close_by);
  }
  changed_.notify_all();
}

void AlertSender::join() {
  if (thread_.joinable()) thread_.join();
}

void AlertSender::run() {
  ::pthread_setname_np(::pthread_self(), "alert_sender");
  block_signals();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty() || Clock::now() >= close_by_) break;
    Alert alert = std::move(queue_.front());
    queue_.pop_front();
    std::size_t const pushed_out = std::exchange(pushed_out_, 0);
    lock.unlock();
    lost_ += pushed_out;
    try {
      deliver(std::move(alert));
    } catch (std::exception const&) {  // no memory even to say so
      ++lost_;
    }
    lock.lock();
  }
  std::size_t const left = queue_.size() + pushed_out_;
  queue_.clear();
  lock.unlock();
  if (left > 0) count_lost(left, "the run ended first");
}

void AlertSender::deliver(Alert alert) {
  alert.unsent = lost_;
  SendResult result = try_once(alert);
  if (!is_dead_) {
    for (std::chrono::milliseconds const duration : pauses_) {
      if (result.sent || !result.may_help || !pause(duration)) break;
      result = try_once(alert);
    }
  }
  if (!result.sent) return count_lost(1, result.problem);
  if (std::exchange(is_dead_, false)) {
    report({Severity::info,
            "alert_recovered",
            fmt::format("alerts reach {} again ({} did not)", target_.name, lost_),
            "",
            0,
            {{"target", target_.name}, {"lost", lost_}}});
  }
  lost_ = 0;
}

SendResult AlertSender::try_once(Alert const& alert) {
  try {
    return target_.send(alert, [this] { return must_stop(); });
  } catch (std::exception const& failure) {
    return {false, true, failure.what()};
  }
}

/// Whether there is time left after it. The end of the run cuts it short, and those after it: what
/// waits for it, and what comes behind, may still arrive.
bool AlertSender::pause(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  bool const was_closing = closing_;
  if (was_closing) duration = std::min(duration, longest_pause_at_the_end);
  auto const until = Clock::now() + duration;
  while (closing_ == was_closing && Clock::now() < std::min(until, close_by_)) {
    changed_.wait_until(lock, std::min(until, close_by_));
  }
  return Clock::now() < close_by_;
}

bool AlertSender::must_stop() const {
  std::lock_guard const lock(mutex_);
  return Clock::now() >= close_by_;
}

bool AlertSender::is_closing() const {
  std::lock_guard const lock(mutex_);
  return closing_;
}

void AlertSender::count_lost(std::size_t count, std::string const& problem) {
  lost_ += count;
  if (std::exchange(is_dead_, true)) return;
  report({Severity::warning,
          "alert_failed",
          fmt::format("alerts do not reach {} ({}). {}{}", target_.name, problem,
                      is_closing() ? "" : "The run goes on and tries again with the next one. ",
                      target_.hint),
          "",
          0,
          {{"target", target_.name}, {"problem", problem}}});
}

void AlertSender::report(EventRecord const& record) const {
  try {
    report_(record);
  } catch (std::exception const& failure) {
    log_warning(fmt::format("{} [{}]", record.message, failure.what()));
  }
}

}  // namespace moneta
