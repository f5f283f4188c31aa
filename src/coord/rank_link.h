// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "comm/mailbox.h"
#include "comm/session.h"
#include "coord/rank0_service.h"
#include "coord/rank_message.h"
#include "telemetry/monitor/heartbeat_monitor.h"

namespace moneta {

/// Connects a rank to the others from the start of its device to the end of its training: messages
/// to rank 0, heartbeats and the watchdog. Rank 0 monitors the heartbeats of the other ranks, and
/// rank 1 those of rank 0.
///
/// A rank that stalls is an event. After `watchdog_s` without a heartbeat (0: never), the job ends
/// with status 75: rank 0 asks the other ranks to stop and gives them a minute to save, unless no
/// rank has begun to train; rank 1 ends the job immediately.
class RankLink {
 public:
  /// All ranks construct it together. `rank0_service` exists on rank 0 only.
  RankLink(MpiSession& session, std::unique_ptr<Rank0Service> rank0_service, double watchdog_s);
  RankLink(RankLink const&) = delete;
  RankLink& operator=(RankLink const&) = delete;

  bool is_rank_0() const { return rank0_service_ != nullptr; }
  /// Queues a message for rank 0. Does not wait.
  void post(RankMessage const& message);
  /// This rank begins a stage of its start (see RankStage), which the messages about it name if it
  /// stops responding. Polls, so that others see a heartbeat. Does not wait.
  void begin_stage(std::string const& stage);
  /// Sends and receives messages and heartbeats. To be called often: between batches, and while
  /// this rank waits for others. Does not wait. Does not return if the watchdog ends the job.
  void poll();
  /// True once the watchdog wants this rank to stop.
  bool stop_request_received();

  /// This rank cannot continue: rank 0 reports the event `run_failed` and ends the job. Returns if
  /// that has not happened within 30 seconds.
  void fail(int exit_status, std::string const& why);

  /// All ranks fail with the same error, which each of them returns afterwards: rank 0 receives the
  /// messages that were posted before, reports the event `run_failed` and closes the logs. All
  /// ranks call it; waits for them.
  void fail_together(CollectiveError const& failure);

  /// Waits until all ranks have posted RankFinished. Returns the exit status of the run, on every
  /// rank.
  int finish();

 private:
  void handle(Message const& message);
  void send_heartbeat(double now_s);
  void check_ranks(double now_s);
  void stop_job(std::size_t silent_rank, double now_s);
  void check_rank_0(double now_s);
  bool have_others_finished(std::size_t except) const;
  void wait_for_shutdown();  ///< not on rank 0
  void close_rank0_service(RunEnd const& end);
  [[noreturn]] void end_job(RunEnd const& end);

  MpiSession& session_;
  Mailbox mailbox_;
  std::unique_ptr<Rank0Service> rank0_service_;
  double const watchdog_s_;
  HeartbeatMonitor heartbeats_;
  double heartbeat_sent_s_ = 0;      // on the steady clock; 0: never
  double job_stopped_s_ = 0;         // when the watchdog stopped the job, likewise
  bool training_has_begun_ = false;  // on any rank
  std::vector<bool> is_finished_;    // by rank
  std::size_t ranks_finished_ = 0;
  int status_ = 0;
};

}  // namespace moneta
