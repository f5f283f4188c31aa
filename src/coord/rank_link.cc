// SPDX-License-Identifier: Apache-2.0
#include "coord/rank_link.h"

#include <unistd.h>

#include <chrono>
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

constexpr double between_heartbeats_s = 5;
constexpr double time_to_save_s = 60;
constexpr double time_to_end_s = 30;  // for rank 0 to close files and send its last alerts
constexpr char silent_rank_hint[] =
    "Is the process stopped, its GPU lost, or its file system not responding?";

/// "rank 1 (process 4711 on node-2)", for every rank.
std::vector<std::string> names_of_ranks(MpiSession& session) {
  return session.all_gather(
      fmt::format("rank {} (process {} on {})", session.rank(), getpid(), host_name()));
}

/// The status of the run if ranks end differently: disk errors and others first, then a stop, then
/// a failed coin, then success.
int worse_of(int a, int b) {
  auto const weight = [](int status) {
    if (status == 0) return 0;
    if (status == static_cast<int>(ErrorKind::training)) return 1;
    if (status == exit_stopped) return 2;
    return 3;
  };
  return weight(b) > weight(a) ? b : a;
}

EventRecord run_failed(std::size_t rank, int exit_status, std::string const& why) {
  return {.severity = Severity::error,
          .event = Event::run_failed,
          .message = why,
          .rank = rank,
          .details = {{"exit_status", exit_status}}};
}

}  // namespace

RankLink::RankLink(MpiSession& session, std::unique_ptr<Rank0Service> rank0_service,
                   double watchdog_s)
    : session_(session),
      mailbox_(session),
      rank0_service_(std::move(rank0_service)),
      watchdog_s_(watchdog_s),
      heartbeats_(names_of_ranks(session), silent_rank_hint),
      is_finished_(session.size()) {}

void RankLink::post(RankMessage const& message) { mailbox_.post(to_text(message)); }

void RankLink::begin_stage(std::string const& stage) {
  RankStage const begun{stage};
  if (is_rank_0()) rank0_service_->deliver(begun);
  post(begun);
  poll();
}

void RankLink::poll() {
  double const now_s = steady_clock_s();
  send_heartbeat(now_s);
  for (Message const& message : mailbox_.poll()) handle(message);
  if (is_rank_0()) {
    check_ranks(now_s);
  } else if (session_.rank() == 1) {
    check_rank_0(now_s);
  }
}

/// Any message counts as a heartbeat; an empty one has no other purpose.
void RankLink::handle(Message const& message) {
  heartbeats_.record_heartbeat(message.from);
  if (message.text.empty()) return;
  RankMessage content = rank_message_from(message.text);
  if (auto const* finished = std::get_if<RankFinished>(&content)) {
    ++ranks_finished_;
    is_finished_[message.from] = true;
    status_ = worse_of(status_, finished->exit_status);
    return;
  }
  if (auto const* begun = std::get_if<RankStage>(&content)) {
    heartbeats_.set_activity(message.from, begun->stage);
    if (begun->stage.empty()) training_has_begun_ = true;
    return;
  }
  auto const* event = std::get_if<EventRecord>(&content);
  bool const ends_job = event != nullptr && event->event == Event::run_failed;
  int const status = ends_job ? event->details.at("exit_status").get<int>() : 0;
  rank0_service_->deliver(std::move(content));
  if (ends_job) end_job({.exit_status = status});
}

void RankLink::send_heartbeat(double now_s) {
  if (is_rank_0()) rank0_service_->record_heartbeat();
  if (now_s - heartbeat_sent_s_ < between_heartbeats_s) return;
  heartbeat_sent_s_ = now_s;
  if (is_rank_0()) {
    mailbox_.send_heartbeat();
  } else {
    mailbox_.post("");
  }
}

void RankLink::check_ranks(double now_s) {
  heartbeats_.record_heartbeat(0);  // rank 0's service monitors this thread
  for (EventRecord& event : heartbeats_.check(now_s)) rank0_service_->deliver(std::move(event));
  if (watchdog_s_ == 0) return;
  auto const silent = heartbeats_.silent_for(watchdog_s_);
  if (job_stopped_s_ == 0) {
    if (!silent) return;
    stop_job(*silent, now_s);
  }
  bool const nothing_to_wait_for =
      silent && (!training_has_begun_ || have_others_finished(*silent));
  if (silent && (nothing_to_wait_for || now_s - job_stopped_s_ > time_to_save_s)) {
    end_job({.exit_status = worse_of(status_, exit_stopped), .by_watchdog = true});
  }
}

void RankLink::stop_job(std::size_t silent_rank, double now_s) {
  job_stopped_s_ = now_s;
  mailbox_.request_stop();
  char const* const what_others_do =
      training_has_begun_ ? "the other ranks stop and save, and " : "";
  rank0_service_->deliver(EventRecord{
      .severity = Severity::error,
      .event = Event::watchdog,
      .message = fmt::format("{} (run.watchdog_minutes): {}the run ends with status {}",
                             heartbeats_.silence_text(silent_rank), what_others_do, exit_stopped),
      .rank = silent_rank});
}

void RankLink::check_rank_0(double now_s) {
  if (mailbox_.heartbeat_received()) heartbeats_.record_heartbeat(0);
  heartbeats_.record_heartbeat(1);
  for (std::size_t other = 2; other < session_.size(); ++other) heartbeats_.record_heartbeat(other);
  for (EventRecord const& event : heartbeats_.check(now_s)) log_warning(event.message);
  if (watchdog_s_ == 0 || !heartbeats_.silent_for(watchdog_s_)) return;
  log_error(fmt::format(
      "{} (run.watchdog_minutes): the run ends with status {}; when it is started again, it resumes from its latest checkpoints",
      heartbeats_.silence_text(0), exit_stopped));
  session_.abort(exit_stopped);
}

bool RankLink::stop_request_received() {
  return job_stopped_s_ != 0 || mailbox_.stop_request_received();
}

bool RankLink::have_others_finished(std::size_t except) const {
  for (std::size_t rank = 0; rank < is_finished_.size(); ++rank) {
    if (rank != except && !is_finished_[rank]) return false;
  }
  return true;
}

void RankLink::close_rank0_service(RunEnd const& end) {
  status_ = end.exit_status;
  if (!rank0_service_->drain()) status_ = worse_of(status_, static_cast<int>(ErrorKind::disk));
  rank0_service_->close({.exit_status = status_, .by_watchdog = end.by_watchdog});
}

void RankLink::end_job(RunEnd const& end) {
  close_rank0_service(end);
  session_.abort(status_);
}

void RankLink::fail(int exit_status, std::string const& why) {
  post(run_failed(session_.rank(), exit_status, why));
  for (double const start = steady_clock_s(); steady_clock_s() - start < time_to_end_s;) {
    poll();
    std::this_thread::sleep_for(milliseconds(10));
  }
}

void RankLink::fail_together(CollectiveError const& failure) {
  session_.all_reduce_min(0);  // every rank has posted its last message
  poll();
  if (!is_rank_0()) {
    wait_for_shutdown();
    return;
  }
  EventRecord event =
      run_failed(failure.rank().value_or(session_.rank()), failure.exit_status(), failure.what());
  event.details["all_ranks"] = true;
  rank0_service_->deliver(std::move(event));
  mailbox_.send_shutdown();
  close_rank0_service({.exit_status = failure.exit_status()});
}

void RankLink::wait_for_shutdown() {
  while (!mailbox_.shutdown_received()) {
    poll();
    std::this_thread::sleep_for(milliseconds(10));
  }
}

int RankLink::finish() {
  if (is_rank_0()) {
    while (ranks_finished_ < session_.size()) {
      poll();
      std::this_thread::sleep_for(milliseconds(2));
    }
    mailbox_.send_shutdown();  // first: closing may take long, and the others would report a stall
    close_rank0_service({.exit_status = status_});
  } else {
    wait_for_shutdown();
  }
  return std::stoi(session_.broadcast(std::to_string(status_)));
}

}  // namespace moneta
