// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "cuda_model/model.h"

/// When the entries of streams run. No thread belongs to a stream: entries run on the thread of a
/// call that enqueues, waits or queries, one after the other, in an order that the seed chooses
/// among those that streams and events allow. Programs with several threads get the same order only
/// if their threads make their calls in the same order.
namespace cuda_model {

/// The completion of what a stream held when an event was recorded.
struct Completion {
  CUstream_st* stream = nullptr;
  std::uint64_t chain = 0;  ///< operations of the longest chain up to here
  bool is_done = false;
  double time_ms = 0;  ///< on the clock of the model, which only operations advance
};

/// An entry of a stream: an operation, the record of an event, or a wait for one.
struct Entry {
  char const* call = "";
  Operation operation;
  std::function<bool()> is_ready;       ///< see enqueue_when; may be empty
  std::shared_ptr<Completion> records;  ///< becomes done
  std::shared_ptr<Completion> awaits;   ///< must be done
  void const* pinned = nullptr;         ///< host memory that the operation uses
  bool is_copy = false;                 ///< may touch the memory of every device
};

/// Appends to the stream, which runs some operations if the policy says so.
void append(CUstream_st& stream, Entry entry);

/// Runs operations until `is_done`, for which what the `targets` hold must run, and then maybe
/// more. Releases the lock of the model while only operations outside the process can go on.
void run_until(char const* call, std::vector<CUstream_st*> const& targets,
               std::function<bool()> const& is_done);

/// Runs up to two operations, as if a little time passed between two queries.
void run_a_little(std::vector<CUstream_st*> const& targets);

/// The streams of a device that hold entries, including destroyed ones.
std::vector<CUstream_st*> busy_streams(int device);

/// A random priority for a new stream.
std::uint64_t new_priority();

/// Later operations of this thread come after `chain` operations that it waited for.
void note_host_chain(std::uint64_t chain);

}  // namespace cuda_model
