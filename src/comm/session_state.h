// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "comm/check.h"
#include "comm/session.h"

namespace moneta {

/// MPI while it runs. Only comm/ sees this; it brings mpi.h.
struct MpiSession::State {
  State();
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  ~State();

  /// A communicator of all ranks for one use, so that its messages meet no others. It lives as long
  /// as the session: freeing it earlier would need every rank to be there.
  MPI_Comm duplicate();
  MPI_Comm split(int group, int place);

  std::size_t rank = 0, size = 1;
  std::size_t rank_on_node = 0, ranks_on_node = 1;
  bool all_failed = false;  ///< the latest error is one that every rank throws
  std::vector<MPI_Comm> communicators;
  /// Buffers of transfers that nobody completed; MPI may touch them until it ends.
  std::vector<std::shared_ptr<void const>> buffers;
};

/// The texts of the communicator's members in their order, on every member; waits for all. Throws
/// Error (internal) on all if they are too long for MPI.
std::vector<std::string> texts_of_all(MPI_Comm communicator, std::string const& own);

/// Waits for a transfer without keeping a core busy.
void wait_gently(MPI_Request request);

/// Waits for a transfer that is due at once, and therefore without sleeping at first; calls `idle`
/// ten times a second.
void wait_busily(MPI_Request request, std::function<void()> const& idle);

}  // namespace moneta
