// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace moneta {

/// An Error that every rank throws from the same call, so that no rank waits for another.
class CollectiveError : public Error {
 public:
  /// `rank` is the rank whose error it is; nothing if all ranks had the same.
  explicit CollectiveError(Error const& error, std::optional<std::size_t> rank = {})
      : Error(error), rank_(rank) {}
  std::optional<std::size_t> rank() const { return rank_; }

 private:
  std::optional<std::size_t> rank_;
};

/// Starts and ends MPI. A process creates one session, which must outlive every Team and Mailbox,
/// and uses it only in the thread that created it.
class MpiSession {
 public:
  /// Starts MPI. Throws Error (config) if the launcher started several processes but MPI sees only
  /// one.
  MpiSession();
  MpiSession(MpiSession const&) = delete;
  MpiSession& operator=(MpiSession const&) = delete;
  /// Ends MPI, which waits for all ranks. A rank that fails alone therefore calls `abort` after it
  /// has reported its error. If its exception leaves the scope of the session instead, MPI is not
  /// ended, and the launcher stops the other ranks when this process exits.
  ~MpiSession();

  std::size_t rank() const;
  std::size_t size() const;  ///< number of ranks
  std::size_t rank_on_node() const;
  std::size_t ranks_on_node() const;

  /// Runs `work` on every rank and waits for all ranks, so it is for the start and the end of a
  /// run. If `work` throws on any rank, every rank throws a CollectiveError with the error of the
  /// lowest such rank; the text starts with "rank 1: " unless all ranks threw the same error.
  /// `work` itself must not wait for other ranks, because one of them may have thrown already.
  void collective(std::function<void()> const& work) const;

  /// The text of rank 0, on every rank. Waits for all ranks.
  std::string broadcast(std::string const& text) const;

  /// The texts of all ranks, ordered by rank, on every rank. Waits for all ranks.
  std::vector<std::string> all_gather(std::string const& text) const;

  /// The smallest value of all ranks, on every rank. Waits for all ranks.
  std::uint64_t all_reduce_min(std::uint64_t value) const;

  /// Flushes the standard streams and ends all ranks at once with this exit status.
  [[noreturn]] void abort(int exit_status) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  friend class Mailbox;
  friend class Team;
};

}  // namespace moneta
