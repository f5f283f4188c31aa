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
  return session.all_gather(
      fmt::format("rank {} (process {} on {})", session.rank(), getpid(), host_name()));
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

RankLink::RankLink(MpiSession& session, std::unique_ptr<Rank0Service> rank0_service,
                   double watchdog_s)
    : session_(session),
      mailbox_(session),
      rank0_service_(std::move(rank0_service)),
      watchdog_s_(watchdog_s),
      watch_(names_of_ranks(session), silent_rank_hint),
      is_done_(session.size()) {}

void RankLink::post(RankMessage const& report) { mailbox_.post(to_text(report)); }

void RankLink::poll() {
  double const now_s = steady_clock_s();
  send_heartbeat(now_s);
  for (Message const& message : mailbox_.poll()) take(message);
  if (is_rank_0()) {
    check_ranks(now_s);
  } else if (session_.rank() == 1) {
    check_rank_0(now_s);
  }
}

void RankLink::take(Message const& message) {
  watch_.record_heartbeat(message.from);
  if (message.text.empty()) return;  // no more than a sign of life
  RankMessage report = rank_message_from(message.text);
  if (auto const* end = std::get_if<RankFinished>(&report)) {
    ++ranks_done_;
    is_done_[message.from] = true;
    status_ = worse_of(status_, end->exit_status);
    return;
  }
  auto const* event = std::get_if<EventRecord>(&report);
  bool const is_end = event != nullptr && event->action == run_failed;
  int const status = is_end ? event->details.at("exit_status").get<int>() : 0;
  rank0_service_->deliver(std::move(report));
  if (is_end) end_job(status, RunEnd::by_itself);
}

void RankLink::send_heartbeat(double now_s) {
  if (is_rank_0()) rank0_service_->send_heartbeat();
  if (now_s - posted_s_ < between_signs_s) return;
  posted_s_ = now_s;
  if (is_rank_0()) {
    mailbox_.send_heartbeat();
  } else {
    mailbox_.post("");
  }
}

void RankLink::check_ranks(double now_s) {
  watch_.record_heartbeat(0);  // this rank; the collector's thread watches it
  for (EventRecord& event : watch_.check(now_s)) rank0_service_->deliver(std::move(event));
  if (watchdog_s_ == 0) return;
  auto const silent = watch_.silent_for(watchdog_s_);
  if (gave_up_s_ == 0) {
    if (!silent) return;
    gave_up_s_ = now_s;
    mailbox_.request_stop();
    rank0_service_->deliver(EventRecord{
        Severity::error,
        "watchdog",
        fmt::format(
            "{} has given no sign of life for {:g} s (run.watchdog_minutes): the other ranks stop and save, and the run ends with status {}",
            watch_.name(*silent), std::round(watch_.silence_s(*silent)), exit_stopped),
        "",
        *silent,
        {}});
  }
  if (silent && (all_others_are_done(*silent) || now_s - gave_up_s_ > time_to_save_s)) {
    end_job(worse_of(status_, exit_stopped), RunEnd::by_watchdog);
  }
}

void RankLink::check_rank_0(double now_s) {
  if (mailbox_.heartbeat_received()) watch_.record_heartbeat(0);
  watch_.record_heartbeat(1);
  for (std::size_t other = 2; other < session_.size(); ++other) watch_.record_heartbeat(other);
  for (EventRecord const& event : watch_.check(now_s)) log_warning(event.message);
  if (watchdog_s_ == 0 || !watch_.silent_for(watchdog_s_)) return;
  log_error(fmt::format(
      "{} has given no sign of life for {:g} s (run.watchdog_minutes): the run ends with status {} and goes on from its latest checkpoints when it is started again",
      watch_.name(0), std::round(watch_.silence_s(0)), exit_stopped));
  session_.abort(exit_stopped);
}

bool RankLink::stop_request_received() {
  return gave_up_s_ != 0 || mailbox_.stop_request_received();
}

bool RankLink::all_others_are_done(std::size_t but) const {
  for (std::size_t rank = 0; rank < is_done_.size(); ++rank) {
    if (rank != but && !is_done_[rank]) return false;
  }
  return true;
}

void RankLink::close_rank0_service(RunEnd how) {
  if (!rank0_service_->settle()) status_ = worse_of(status_, static_cast<int>(ErrorKind::disk));
  rank0_service_->close(status_, how);
}

void RankLink::end_job(int exit_status, RunEnd how) {
  status_ = exit_status;
  close_rank0_service(how);
  session_.abort(status_);
}

void RankLink::fail(int exit_status, std::string const& why) {
  post(EventRecord{Severity::error, run_failed, why, "", session_.rank(),
                   Json{{"exit_status", exit_status}}});
  for (double const start = steady_clock_s(); steady_clock_s() - start < time_to_end_s;) {
    poll();
    std::this_thread::sleep_for(milliseconds(10));
  }
}

int RankLink::finish() {
  bool const rank_0 = is_rank_0();
  while (rank_0 ? ranks_done_ < session_.size() : !mailbox_.shutdown_received()) {
    poll();
    std::this_thread::sleep_for(milliseconds(rank_0 ? 2 : 10));
  }
  if (rank_0) {
    mailbox_.send_shutdown();  // before what may take long, lest they take this rank for stalled
    close_rank0_service(RunEnd::by_itself);
  }
  return std::stoi(session_.broadcast(std::to_string(status_)));
}

}  // namespace moneta
