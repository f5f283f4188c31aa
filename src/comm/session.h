// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace moneta {

/// An Error that every rank throws at the same place: nobody waits for anybody.
class SharedError : public Error {
 public:
  explicit SharedError(Error const& error) : Error(error) {}
};

/// MPI from start to end, and where this process stands in it. One per process; it must outlive
/// everything made from it. Only the thread that made it may use it.
class MpiSession {
 public:
  /// Starts MPI. Throws Error (config) if the launcher started N > 1 processes and MPI sees one.
  MpiSession();
  MpiSession(MpiSession const&) = delete;
  MpiSession& operator=(MpiSession const&) = delete;
  /// Ends MPI, which waits for all ranks. So a rank that fails on its own calls `abort`, once it
  /// has reported its error; if the error leaves the session's scope instead, MPI is not ended, and
  /// the launcher stops the other ranks when this process exits.
  ~MpiSession();

  std::size_t rank() const;
  std::size_t size() const;
  std::size_t rank_on_node() const;
  std::size_t ranks_on_node() const;

  /// Runs `work` on every rank and waits for all (start and end of a run only). If it threw on any
  /// rank, every rank throws a SharedError: that of the lowest such rank, "rank 1: ..." before it
  /// if ranks differ. `work` must not itself wait for other ranks: one of them may have thrown
  /// already.
  void collective(std::function<void()> const& work) const;

  /// Rank 0's text on every rank; waits for all.
  std::string broadcast(std::string const& text) const;

  /// The texts of all ranks, ordered by rank, on every rank; waits for all.
  std::vector<std::string> all_gather(std::string const& text) const;

  /// The smallest of all ranks' numbers; waits for all.
  std::uint64_t all_reduce_min(std::uint64_t value) const;

  /// Ends every rank at once with this exit status. What was printed is flushed first.
  [[noreturn]] void abort(int exit_status) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  friend class Mailbox;
  friend class Team;
};

/// Cores this process may run on (its affinity mask), at least 1.
std::size_t usable_cores();

}  // namespace moneta
