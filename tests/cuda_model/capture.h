// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <thread>
#include <vector>

#include "cuda_model/report.h"
#include "cuda_model/streams.h"

/// Graphs that are made by capturing streams, after "CUDA Graphs, Creating a Graph Using Stream
/// Capture" of the CUDA programming guide. A stream that waits for an event of a capture joins it;
/// each stream is a branch of the graph. What a capture does not permit returns an error and
/// invalidates it.
namespace cuda_model {

/// What was enqueued on one of the captured streams. Records and waits have the index of a record.
struct GraphEntry {
  static constexpr std::size_t none = ~std::size_t{0};
  std::size_t branch = 0;
  Entry entry;
  std::size_t records = none, awaits = none;
};

struct Capture {
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id thread;
  bool is_over = false, is_invalid = false;
  std::vector<CUstream_st*>
      streams;  ///< of the branches; the first is that of cudaStreamBeginCapture
  std::vector<GraphEntry> entries;  ///< in the order of the calls
  std::size_t record_count = 0;
};

void capture_entry(CUstream_st& stream, Entry entry);
void capture_record(CUevent_st& event, CUstream_st& stream);
/// For a stream that is being captured or an event that was captured.
cudaError_t capture_wait(CUstream_st& stream, CUevent_st& event);

cudaError_t begin_capture(CUstream_st& stream, cudaStreamCaptureMode mode);
/// Sets `graph` only if it succeeds.
cudaError_t end_capture(CUstream_st& stream, cudaGraph_t* graph);

/// cudaErrorStreamCaptureInvalidated if an earlier call invalidated the capture of the stream.
cudaError_t capture_status(CUstream_st const& stream);
/// For a call that waits for or queries a stream, an event or all work of a device: invalidates the
/// captures that it touches and returns the error; cudaSuccess if there are none.
cudaError_t refuse_captured(CUstream_st& stream);
cudaError_t refuse_captured(CUevent_st& event);
cudaError_t refuse_captures_of(int device);
/// For a call that CUDA calls potentially unsafe, such as cudaMalloc: refused unless all captures
/// are relaxed, or thread-local on other threads.
cudaError_t refuse_unsafe_call();

cudaError_t instantiate(cudaGraphExec_t* executable, cudaGraph_t graph);
/// Queues all branches: each begins after what the stream holds, and later entries of the stream
/// come after all of them. Launches of the same graph do not overlap.
void launch(cudaGraphExec_t executable, CUstream_st& stream);
/// Misuse if it is not a live graph.
void destroy(cudaGraph_t graph);
void destroy(cudaGraphExec_t executable);

std::vector<Leak> leaked_graphs();

}  // namespace cuda_model
