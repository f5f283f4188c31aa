// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mpi.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "comm/session.h"

namespace moneta {

/// "Open MPI v4.1.4": the name and version of the MPI library.
std::string mpi_library_name();

/// MPI from MPI_Init to MPI_Finalize. Only comm includes this header, since it includes mpi.h.
struct MpiSession::State {
  State();
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  ~State();

  /// A communicator of all ranks, whose messages are separate from those of every other one. It
  /// lives as long as the session, because freeing it earlier would have to wait for all ranks.
  MPI_Comm duplicate();
  /// The same for the ranks with equal `group`, ordered by `index`.
  MPI_Comm split(int group, int index);

  std::size_t rank = 0, size = 1;
  std::size_t rank_on_node = 0, ranks_on_node = 1;
  bool all_failed = false;  ///< every rank threw the latest error of `collective`
  std::vector<MPI_Comm> communicators;
  /// Buffers of transfers that were not completed; MPI may access them until it is finalized.
  std::vector<std::shared_ptr<void const>> buffers;
};

}  // namespace moneta
