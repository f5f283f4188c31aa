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

constexpr std::size_t max_queued = 100;
constexpr std::chrono::milliseconds max_pause_while_closing{500};

/// Other threads handle the signals of the process, and SIGPIPE of a closed connection must not end
/// it.
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
    if (queue_.size() >= max_queued) {
      queue_.pop_front();
      ++dropped_;
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
    std::size_t const dropped = std::exchange(dropped_, 0);
    lock.unlock();
    lost_ += dropped;
    try {
      deliver(std::move(alert));
    } catch (std::exception const&) {  // there is no memory for a report
      ++lost_;
    }
    lock.lock();
  }
  std::size_t const unsent = queue_.size() + dropped_;
  queue_.clear();
  lock.unlock();
  if (unsent > 0) count_lost(unsent, "the run ended first");
}

void AlertSender::deliver(Alert alert) {
  alert.unsent = lost_;
  SendResult result = attempt(alert);
  if (!is_unreachable_) {
    for (std::chrono::milliseconds const duration : pauses_) {
      if (result.sent || !result.retry || !pause(duration)) break;
      result = attempt(alert);
    }
  }
  if (!result.sent) return count_lost(1, result.problem);
  if (std::exchange(is_unreachable_, false)) {
    report({.severity = Severity::info,
            .event = Event::alert_recovered,
            .message = fmt::format("alerts reach {} again (lost alerts: {})", target_.name, lost_),
            .details = {{"target", target_.name}, {"lost", lost_}}});
  }
  lost_ = 0;
}

SendResult AlertSender::attempt(Alert const& alert) {
  try {
    return target_.send(alert, [this] { return must_stop(); });
  } catch (std::exception const& failure) {
    return {false, true, failure.what()};
  }
}

/// Returns whether there is time for another attempt. The end of the run shortens this pause and
/// later ones, so that this alert and the queued ones may still be sent.
bool AlertSender::pause(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  bool const was_closing = closing_;
  if (was_closing) duration = std::min(duration, max_pause_while_closing);
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
  if (std::exchange(is_unreachable_, true)) return;
  report({.severity = Severity::warning,
          .event = Event::alert_failed,
          .message = fmt::format(
              "alerts do not reach {} ({}). {}{}", target_.name, problem,
              is_closing() ? "" : "The run continues, and the next alert is another attempt. ",
              target_.hint),
          .details = {{"target", target_.name}, {"problem", problem}}});
}

void AlertSender::report(EventRecord const& record) const {
  try {
    report_(record);
  } catch (std::exception const& failure) {
    log_warning(fmt::format("{} [{}]", record.message, failure.what()));
  }
}

}  // namespace moneta
