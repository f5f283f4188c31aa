// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "cuda_model/report.h"
#include "cuda_model/scheduler.h"

namespace cuda_model {
struct Capture;
}

/// Streams and events are never freed, so that a use after their destruction is noticed.
struct CUstream_st {
  int device = 0;
  std::uint64_t number = 0;  ///< from 1
  bool is_destroyed = false;
  std::deque<cuda_model::Entry> entries;
  std::uint64_t priority = 0;
  std::uint64_t chain = 0;  ///< operations of the longest chain up to the last entry
  std::shared_ptr<cuda_model::Capture> capture;  ///< while it is being captured
  std::size_t branch = 0;                        ///< of the capture
};

struct CUevent_st {
  int device = 0;
  bool has_time = false;
  bool is_destroyed = false;
  std::shared_ptr<cuda_model::Completion> latest;  ///< of the latest record; none if never recorded
  std::shared_ptr<cuda_model::Capture> capture;    ///< of the latest record if that was captured
  std::size_t captured_record = 0;
};

namespace cuda_model {

cudaStream_t make_stream(int device);
/// What the stream holds runs later nevertheless.
void destroy_stream(cudaStream_t stream);
CUstream_st& checked(char const* call, cudaStream_t stream);

cudaEvent_t make_event(int device, bool has_time);
/// What waits for the event goes on waiting.
void destroy_event(cudaEvent_t event);
CUevent_st& checked(char const* call, cudaEvent_t event);

/// Appends to the stream or to its capture, whichever device is current.
void add(CUstream_st& stream, Entry entry);

void record(CUevent_st& event, CUstream_st& stream);
/// Makes the stream wait for the latest record of the event; nothing if it was never recorded.
/// Fails only for captures.
cudaError_t wait_for(CUstream_st& stream, CUevent_st& event);

/// Wait on the host.
void synchronize(char const* call, CUstream_st& stream);
void synchronize(char const* call, CUevent_st& event);
void synchronize_device(char const* call, int device);

/// Whether an operation that did not run yet uses the pinned memory.
bool is_in_use(void const* pinned, std::size_t bytes);

std::vector<Leak> leaked_handles();

}  // namespace cuda_model
