// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "comm/placement.h"
#include "comm/session.h"
#include "comm/team.h"

namespace moneta {

/// The collective calls of the stages in which a run starts. A stage may take long or never end: a
/// driver compiles kernels, a library waits for another rank, a GPU hangs. Therefore a rank reports
/// its stage before it begins, and exchanges messages and heartbeats while it waits for others.
class StartStages {
 public:
  using Report = std::function<void(std::string const& stage)>;

  /// `all_ranks` is a team of all ranks of the session; a rank that waits calls the function that
  /// was given to its `while_waiting`. `report` receives each stage when it begins, and must not
  /// wait. The references must outlive this.
  StartStages(
      MpiSession const& session, Team& all_ranks, Report report = [](std::string const&) {})
      : session_(session), all_ranks_(all_ranks), report_(std::move(report)) {}

  MpiSession const& session() const { return session_; }

  /// The rank begins a stage, named as in "while it <stage>": "opens its device".
  void begin(std::string const& stage) const { report_(stage); }

  /// As MpiSession::collective, for work that may take long. Before and after it, the rank polls as
  /// if it waited, so that a rank that is alone sends heartbeats between two long steps.
  void collective(std::function<void()> const& work) const;
  /// As Team::idle, for work that waits for something else than other ranks.
  void idle() const { all_ranks_.idle(); }
  /// As MpiSession::all_reduce_min.
  std::uint64_t all_reduce_min(std::uint64_t value) const;
  /// As MpiSession::all_gather.
  std::vector<std::string> all_gather(std::string const& text) const;

 private:
  MpiSession const& session_;
  Team& all_ranks_;
  Report report_;
};

/// The work of a rank in a team of all ranks, without coins.
RankWork all_ranks_of(MpiSession const& session);

}  // namespace moneta
