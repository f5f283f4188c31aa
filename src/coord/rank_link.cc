// SPDX-License-Identifier: Apache-2.0
#include "coord/rank_link.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/host.h"
#include "base/log.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;

constexpr double between_signs_s = 5;
constexpr double time_to_save_s = 60;
constexpr double time_to_end_s = 30;  // for alerts that cannot be sent, and files
constexpr char run_failed[] = "run_failed";
constexpr char silent_rank_hint[] =
    "Is the process stopped, its card lost, or a file system that does not answer?";

/// "rank 1 (process 4711 on node-2)", of every rank.
std::vector<std::string> names_of_ranks(MpiSession& session) {
  return session.from_every_rank(
      cat("rank ", session.rank(), " (process ", getpid(), " on ", host_name(), ')'));
}

/// Who matters more when ranks end differently: disk, a stop, a failed coin, done.
int worse_of(int a, int b) {
  auto const weight = [](int status) {
    if (status == 0) return 0;
    if (status == static_cast<int>(ErrorKind::training)) return 1;
    if (status == exit_stopped) return 2;
    return 3;
  };
  return weight(b) > weight(a) ? b : a;
}

}  // namespace

Desk::Desk(MpiSession& session, std::unique_ptr<Collector> collector, double watchdog_s)
    : session_(session),
      mailbox_(session),
      collector_(std::move(collector)),
      watchdog_s_(watchdog_s),
      watch_(names_of_ranks(session), silent_rank_hint),
      is_done_(session.size()) {}

void Desk::post(Report const& report) { mailbox_.post(to_text(report)); }

void Desk::poll() {
  double const now_s = steady_clock_s();
  show_life(now_s);
  for (Message const& message : mailbox_.poll()) take(message);
  if (is_rank_0()) {
    listen_for_ranks(now_s);
  } else if (session_.rank() == 1) {
    listen_for_rank_0(now_s);
  }
}

void Desk::take(Message const& message) {
  watch_.hear(message.from);
  if (message.text.empty()) return;  // no more than a sign of life
  Report report = report_from_text(message.text);
  if (auto const* end = std::get_if<RankDone>(&report)) {
    ++ranks_done_;
    is_done_[message.from] = true;
    status_ = worse_of(status_, end->exit_status);
    return;
  }
  auto const* event = std::get_if<EventRecord>(&report);
  bool const is_end = event != nullptr && event->action == run_failed;
  int const status = is_end ? event->details.at("exit_status").get<int>() : 0;
  collector_->deliver(std::move(report));
  if (is_end) end_job(status, RunEnd::by_itself);
}

void Desk::show_life(double now_s) {
  if (is_rank_0()) collector_->show_life();
  if (now_s - posted_s_ < between_signs_s) return;
  posted_s_ = now_s;
  if (is_rank_0()) {
    mailbox_.show_life();
  } else {
    mailbox_.post("");
  }
}

void Desk::listen_for_ranks(double now_s) {
  watch_.hear(0);  // this rank; the collector's thread watches it
  for (EventRecord& event : watch_.listen(now_s)) collector_->deliver(std::move(event));
  if (watchdog_s_ == 0) return;
  auto const silent = watch_.silent_for(watchdog_s_);
  if (gave_up_s_ == 0) {
    if (!silent) return;
    gave_up_s_ = now_s;
    mailbox_.ask_to_stop();
    collector_->deliver(EventRecord{
        Severity::error,
        "watchdog",
        cat(watch_.name(*silent), " has given no sign of life for ",
            std::round(watch_.silence_s(*silent)),
            " s (run.watchdog_minutes): the other ranks stop and save, and the run ends with "
            "status ",
            exit_stopped),
        "",
        *silent,
        {}});
  }
  if (silent && (all_others_are_done(*silent) || now_s - gave_up_s_ > time_to_save_s)) {
    end_job(worse_of(status_, exit_stopped), RunEnd::by_watchdog);
  }
}

void Desk::listen_for_rank_0(double now_s) {
  if (mailbox_.rank_0_lives()) watch_.hear(0);
  watch_.hear(1);
  for (std::size_t other = 2; other < session_.size(); ++other) watch_.hear(other);
  for (EventRecord const& event : watch_.listen(now_s)) log_warning(event.message);
  if (watchdog_s_ == 0 || !watch_.silent_for(watchdog_s_)) return;
  log_error(cat(watch_.name(0), " has given no sign of life for ", std::round(watch_.silence_s(0)),
                " s (run.watchdog_minutes): the run ends with status ", exit_stopped,
                " and goes on from its latest checkpoints when it is started again"));
  session_.abort(exit_stopped);
}

bool Desk::asked_to_stop() { return gave_up_s_ != 0 || mailbox_.asked_to_stop(); }

bool Desk::all_others_are_done(std::size_t but) const {
  for (std::size_t rank = 0; rank < is_done_.size(); ++rank) {
    if (rank != but && !is_done_[rank]) return false;
  }
  return true;
}

void Desk::close_collector(RunEnd how) {
  if (!collector_->settle()) status_ = worse_of(status_, static_cast<int>(ErrorKind::disk));
  collector_->close(status_, how);
}

void Desk::end_job(int exit_status, RunEnd how) {
  status_ = exit_status;
  close_collector(how);
  session_.abort(status_);
}

void Desk::fail(int exit_status, std::string const& why) {
  post(EventRecord{Severity::error, run_failed, why, "", session_.rank(),
                   Json{{"exit_status", exit_status}}});
  for (double const start = steady_clock_s(); steady_clock_s() - start < time_to_end_s;) {
    poll();
    std::this_thread::sleep_for(milliseconds(10));
  }
}

int Desk::finish() {
  bool const rank_0 = is_rank_0();
  while (rank_0 ? ranks_done_ < session_.size() : !mailbox_.dismissed()) {
    poll();
    std::this_thread::sleep_for(milliseconds(rank_0 ? 2 : 10));
  }
  if (rank_0) {
    mailbox_.dismiss();  // before what may take long, lest they take this rank for stalled
    close_collector(RunEnd::by_itself);
  }
  return std::stoi(session_.from_rank_0(std::to_string(status_)));
}

}  // namespace moneta
