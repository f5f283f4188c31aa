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

/// Ranks that train one coin together. All ranks make their teams at the same time.
class Team {
 public:
  Team(MpiSession& session, RankWork const& work);
  Team(Team const&) = delete;
  Team& operator=(Team const&) = delete;
  ~Team();

  std::size_t size() const;
  std::size_t index() const;
  bool leads() const { return index() == 0; }
  /// From now on `idle` is called again and again while this member waits for the others. It must
  /// not wait itself.
  void while_waiting(std::function<void()> idle);
  /// For waits for the others that are not this class's own.
  void idle() const;
  /// Element-wise sum over the team, on every member, with the same bits on every member. Waits for
  /// the team.
  void all_reduce_sum(std::span<float> values);
  void all_reduce_sum(std::span<double> values);
  /// The smallest of all members' numbers. Waits for the team.
  std::uint64_t all_reduce_min(std::uint64_t value);
  /// The texts of all members, ordered by index, on every member. Waits for the team.
  std::vector<std::string> all_gather(std::string const& text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
