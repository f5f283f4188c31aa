// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "comm/team.h"
#include "engine/prepare_device.h"
#include "engine/training_device.h"
#include "plan/plan.h"
#include "telemetry/record.h"
#include "train/coin_start.h"

namespace moneta {

/// Continues after the device of a rank has run out of memory, while coins are loaded or trained:
/// the rank, with its team, switches to a smaller plan and repeats the work that failed.
class OomRecovery {
 public:
  struct Hooks {
    /// The next plan to try after `failed`, as smaller_plan of engine/prepare_device.h. Throws
    /// Error (device) if nothing is small enough.
    std::function<Plan(Plan const& failed, PlanReduction const& reduction)> smaller_plan;
    /// Saves the coin and waits until it is on disk; called on all members of the team. Not called
    /// while coins are loaded.
    std::function<void(CoinTrainer&)> save = [](CoinTrainer&) {};
    /// Receives the event out_of_memory, without a rank.
    std::function<void(EventRecord)> post;
  };

  /// `coins` are all coins whose state is on `device`; one without a trainer has none. The
  /// references must outlive this.
  OomRecovery(TrainingDevice& device, Team& team, std::vector<CoinStart> const& coins, Hooks hooks);

  /// Calls `work` of the active coin, and again with a smaller plan after every OutOfMemory.
  /// Collective over the team, whose members throw OutOfMemory together.
  template <class Work>
  auto retry_on_oom(CoinTrainer& coin, Work const& work) {
    while (true) {
      try {
        return work();
      } catch (OutOfMemory const& error) {
        recover(coin, error.what());
      }
    }
  }

  /// The same for work that needs no active coin: that of loading `coin`.
  template <class Work>
  auto retry_load_on_oom(std::string const& coin, Work const& work) {
    while (true) {
      try {
        return work();
      } catch (OutOfMemory const& error) {
        report(switch_to_smaller_plan(), coin, fmt::format("{} It is loaded again", error.what()));
      }
    }
  }

 private:
  struct PlanChange {
    Plan before, after;
  };

  /// For the active coin. If no plan is small enough, it is saved before any member of the team
  /// throws, because the first error ends the job.
  void recover(CoinTrainer& coin, std::string const& why);
  /// Switches to the largest smaller plan whose memory is available. Throws Error (device) on all
  /// members of the team if one of them has none.
  PlanChange switch_to_smaller_plan();
  void report(PlanChange const& change, std::string const& coin, std::string const& what) const;
  /// A plan with the batches of the whole team, which divides both among its members.
  Plan agree_on_smaller_plan(Plan const& failed);
  bool build(Plan const& plan);  ///< false if a member of the team lacks memory

  TrainingDevice& device_;
  Team& team_;
  std::vector<CoinStart> const& coins_;
  Hooks hooks_;
};

}  // namespace moneta
