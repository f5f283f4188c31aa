// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// The MPI calls from which MpiSession and Team build their functions. Only comm includes this
/// header, since it includes mpi.h. Every function throws Error (internal) if MPI fails.
namespace moneta {

std::size_t rank_in(MPI_Comm communicator);
std::size_t size_of(MPI_Comm communicator);

/// Waits for a request and sleeps between checks, so it does not occupy a core.
void wait_sleeping(MPI_Request request);

/// Waits for a request that is expected to finish soon: spins for 20 ms before it starts to sleep
/// between checks. After 100 ms it calls `while_waiting` about ten times a second.
void wait_spinning(MPI_Request request, std::function<void()> const& while_waiting);

/// The smallest value of all ranks. Waits for all ranks.
std::uint64_t all_reduce_min(std::uint64_t value);

/// Overwrites `bytes` bytes at `data` with those of rank `root`. Waits for that rank.
void broadcast_bytes(void* data, std::size_t bytes, std::size_t root);

/// The text of rank `root`, on every rank. Waits for that rank. Throws Error (internal) on every
/// rank if the text is too long for MPI.
std::string broadcast_text(std::string text, std::size_t root);

/// The texts of all members of the communicator, ordered by rank, on every member. Waits for all
/// members. Throws Error (internal) on every member if the texts are too long for MPI.
std::vector<std::string> all_gather_texts(MPI_Comm communicator, std::string const& own);

}  // namespace moneta
