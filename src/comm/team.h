// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "comm/placement.h"
#include "comm/session.h"

namespace moneta {

/// A data-parallel group: the ranks that train the same coins together. Member 0 is its root, which
/// alone saves and reports. A rank that trains its coins alone is a team of one.
class Team {
 public:
  /// Waits for all ranks of the session, which create their teams at the same time. Throws
  /// CollectiveError (internal) if the ranks do not agree on `work`.
  Team(MpiSession& session, RankWork const& work);
  Team(Team const&) = delete;
  Team& operator=(Team const&) = delete;
  ~Team();

  std::size_t size() const;
  std::size_t index() const;
  bool is_root() const { return index() == 0; }

  /// Sets the function that is called about ten times a second while this member waits for the
  /// others. It must return quickly.
  void while_waiting(std::function<void()> idle);
  /// Calls that function; for waits that are implemented outside this class.
  void idle() const;

  /// The element-wise sum over the team, on every member. The members are added in their order, so
  /// all of them get the same bits in every run. Waits for the team.
  void all_reduce_sum(std::span<float> values);
  void all_reduce_sum(std::span<double> values);
  /// The smallest value of all members, on every member. Waits for the team.
  std::uint64_t all_reduce_min(std::uint64_t value);
  /// The texts of all members, ordered by index, on every member. Waits for the team.
  std::vector<std::string> all_gather(std::string const& text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
