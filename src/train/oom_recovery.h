// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "comm/team.h"
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
    std::function<Plan(Plan const& failed, std::size_t micro_batch_at_most)> smaller_plan;
    /// Saves the coin and waits until it is on disk. Not called while coins are loaded.
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

  /// For the active coin, which is saved before an error is thrown.
  void recover(CoinTrainer& coin, std::string const& why);
  /// Switches to the largest smaller plan whose memory is available. Throws Error (device) if there
  /// is none.
  PlanChange switch_to_smaller_plan();
  void report(PlanChange const& change, std::string const& coin, std::string const& what) const;
  Plan agree_on_smaller_plan(Plan const& failed);  ///< the same micro-batch for the team
  bool build(Plan const& plan);                    ///< false if a member of the team lacks memory

  TrainingDevice& device_;
  Team& team_;
  std::vector<CoinStart> const& coins_;
  Hooks hooks_;
};

}  // namespace moneta
