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

/// Where a rank meets the others while it trains: mail goes to rank 0, which takes it in; rank 0
/// listens for signs of life of the others, and rank 1 for those of rank 0.
///
/// A rank that stalls is an event. After `watchdog_s` (0: never) the job ends with status 75: rank
/// 0 asks the others to stop and gives them a minute to save; rank 1 ends it at once.
class RankLink {
 public:
  /// `collector`: on rank 0. All ranks make it together.
  RankLink(MpiSession& session, std::unique_ptr<Rank0Service> rank0_service, double watchdog_s);
  RankLink(RankLink const&) = delete;
  RankLink& operator=(RankLink const&) = delete;

  bool is_rank_0() const { return rank0_service_ != nullptr; }
  void post(RankMessage const& report);
  /// To be called often: between batches, and while this rank waits for others. Does not wait. Does
  /// not return if the watchdog ends the job.
  void poll();
  /// Whether the watchdog wants this rank to stop.
  bool stop_request_received();

  /// This rank cannot go on: rank 0 tells so (event "run_failed") and ends the job. Returns if it
  /// has not within a few seconds.
  void fail(int exit_status, std::string const& why);

  /// Waits for all ranks; the exit status of the run, on every rank.
  int finish();

 private:
  void take(Message const& message);
  void send_heartbeat(double now_s);
  void check_ranks(double now_s);
  void check_rank_0(double now_s);
  bool all_others_are_done(std::size_t but) const;
  void close_rank0_service(RunEnd how);
  [[noreturn]] void end_job(int exit_status, RunEnd how);

  MpiSession& session_;
  Mailbox mailbox_;
  std::unique_ptr<Rank0Service> rank0_service_;
  double const watchdog_s_;
  HeartbeatMonitor watch_;
  double posted_s_ = 0, gave_up_s_ = 0;  // on the steady clock; 0: not yet
  std::vector<bool> is_done_;            // by rank
  std::size_t ranks_done_ = 0;
  int status_ = 0;
};

}  // namespace moneta
