// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/capture.h"

#include <algorithm>
#include <unordered_set>

struct CUgraph_st {
  std::vector<int> devices;  // of the branches
  std::vector<cuda_model::GraphEntry> entries;
  std::size_t record_count = 0;
};

struct CUgraphExec_st {
  CUgraph_st graph;
  std::vector<CUstream_st*> streams;  // of the branches after the first
  std::shared_ptr<cuda_model::Completion> latest_launch;
};

namespace cuda_model {
namespace {

struct Graphs {
  std::vector<std::shared_ptr<Capture>> active;
  std::unordered_set<CUgraph_st*> graphs;
  std::unordered_set<CUgraphExec_st*> executables;
};

Graphs& graphs() {
  static auto* const all = new Graphs;  // outlives the static objects of the program
  return *all;
}

void capture_entry(CUstream_st& stream, GraphEntry captured) {
  captured.branch = stream.branch;
  stream.capture->entries.push_back(std::move(captured));
}

cudaError_t invalidate(Capture& capture, cudaError_t error) {
  capture.is_invalid = true;
  return error;
}

void join(CUstream_st& stream, std::shared_ptr<Capture> const& capture) {
  stream.capture = capture;
  stream.branch = capture->streams.size();
  capture->streams.push_back(&stream);
}

/// Whether the end of the first branch comes after all operations.
bool is_joined(Capture const& capture) {
  std::vector<bool> is_awaited(capture.record_count, false);
  // Branches of which all entries up to the current one come before that end.
  std::vector<bool> is_before(capture.streams.size(), false);
  is_before[0] = true;
  for (auto each = capture.entries.rbegin(); each != capture.entries.rend(); ++each) {
    if (each->records != GraphEntry::none && is_awaited[each->records]) {
      is_before[each->branch] = true;
    }
    if (each->entry.operation && !is_before[each->branch]) return false;
    if (each->awaits != GraphEntry::none && is_before[each->branch]) {
      is_awaited[each->awaits] = true;
    }
  }
  return true;
}

std::shared_ptr<Completion> append_record(CUstream_st& stream) {
  Entry entry;
  entry.call = "cudaGraphLaunch";
  entry.records = std::make_shared<Completion>();
  auto completion = entry.records;
  append(stream, std::move(entry));
  return completion;
}

void append_wait(CUstream_st& stream, std::shared_ptr<Completion> const& completion) {
  if (!completion) return;
  Entry entry;
  entry.call = "cudaGraphLaunch";
  entry.awaits = completion;
  append(stream, std::move(entry));
}

void append_entry(CUstream_st& stream, GraphEntry const& captured,
                  std::vector<std::shared_ptr<Completion>> const& records) {
  Entry entry = captured.entry;
  if (captured.records != GraphEntry::none) entry.records = records[captured.records];
  if (captured.awaits != GraphEntry::none) entry.awaits = records[captured.awaits];
  append(stream, std::move(entry));
}

}  // namespace

void capture_entry(CUstream_st& stream, Entry entry) {
  GraphEntry captured;
  captured.entry = std::move(entry);
  capture_entry(stream, std::move(captured));
}

void capture_record(CUevent_st& event, CUstream_st& stream) {
  GraphEntry captured;
  captured.entry.call = "cudaEventRecord";
  captured.records = stream.capture->record_count++;
  event.capture = stream.capture;
  event.captured_record = captured.records;
  event.latest.reset();
  capture_entry(stream, std::move(captured));
}

cudaError_t capture_wait(CUstream_st& stream, CUevent_st& event) {
  if (!event.capture && !event.latest) return cudaSuccess;  // never recorded
  if (!event.capture) return invalidate(*stream.capture, cudaErrorStreamCaptureIsolation);
  if (event.capture->is_over) {
    if (stream.capture) invalidate(*stream.capture, cudaErrorCapturedEvent);
    return cudaErrorCapturedEvent;
  }
  if (event.capture->is_invalid) return cudaErrorStreamCaptureInvalidated;
  if (!stream.capture) join(stream, event.capture);
  if (stream.capture != event.capture) {
    invalidate(*event.capture, cudaErrorStreamCaptureMerge);
    return invalidate(*stream.capture, cudaErrorStreamCaptureMerge);
  }
  GraphEntry captured;
  captured.entry.call = "cudaStreamWaitEvent";
  captured.awaits = event.captured_record;
  capture_entry(stream, std::move(captured));
  return cudaSuccess;
}

cudaError_t begin_capture(CUstream_st& stream, cudaStreamCaptureMode mode) {
  if (stream.capture) return cudaErrorIllegalState;
  auto const capture = std::make_shared<Capture>();
  capture->mode = mode;
  capture->thread = std::this_thread::get_id();
  join(stream, capture);
  graphs().active.push_back(capture);
  return cudaSuccess;
}

cudaError_t end_capture(CUstream_st& stream, cudaGraph_t* graph) {
  auto const capture = stream.capture;
  if (!capture) return cudaErrorIllegalState;
  if (stream.branch != 0) return invalidate(*capture, cudaErrorStreamCaptureUnmatched);
  bool const is_other_thread = capture->thread != std::this_thread::get_id();
  if (capture->mode != cudaStreamCaptureModeRelaxed && is_other_thread) {
    return cudaErrorStreamCaptureWrongThread;
  }
  capture->is_over = true;
  std::erase(graphs().active, capture);
  CUgraph_st made;
  for (CUstream_st* const each : capture->streams) {
    each->capture.reset();
    made.devices.push_back(each->device);
  }
  if (capture->is_invalid) return cudaErrorStreamCaptureInvalidated;
  if (!is_joined(*capture)) return cudaErrorStreamCaptureUnjoined;
  made.entries = std::move(capture->entries);
  made.record_count = capture->record_count;
  *graph = *graphs().graphs.insert(new CUgraph_st(std::move(made))).first;
  return cudaSuccess;
}

cudaError_t capture_status(CUstream_st const& stream) {
  bool const is_invalid = stream.capture && stream.capture->is_invalid;
  return is_invalid ? cudaErrorStreamCaptureInvalidated : cudaSuccess;
}

cudaError_t refuse_captured(CUstream_st& stream) {
  if (!stream.capture || stream.capture->is_invalid) return capture_status(stream);
  return invalidate(*stream.capture, cudaErrorStreamCaptureUnsupported);
}

cudaError_t refuse_captured(CUevent_st& event) {
  return event.capture ? invalidate(*event.capture, cudaErrorCapturedEvent) : cudaSuccess;
}

cudaError_t refuse_captures_of(int device) {
  cudaError_t error = cudaSuccess;
  for (auto const& capture : graphs().active) {
    bool const is_touched =
        std::any_of(capture->streams.begin(), capture->streams.end(),
                    [&](CUstream_st const* stream) { return stream->device == device; });
    if (is_touched) error = invalidate(*capture, cudaErrorStreamCaptureUnsupported);
  }
  return error;
}

cudaError_t refuse_unsafe_call() {
  cudaError_t error = cudaSuccess;
  for (auto const& capture : graphs().active) {
    bool const is_own = capture->thread == std::this_thread::get_id();
    if (capture->mode == cudaStreamCaptureModeGlobal ||
        (capture->mode == cudaStreamCaptureModeThreadLocal && is_own)) {
      error = invalidate(*capture, cudaErrorStreamCaptureUnsupported);
    }
  }
  return error;
}

cudaError_t instantiate(cudaGraphExec_t* executable, cudaGraph_t graph) {
  if (!graphs().graphs.contains(graph))
    misuse("cudaGraphInstantiateWithFlags", "it is not a graph");
  *executable = new CUgraphExec_st{*graph, {}, nullptr};
  for (std::size_t b = 1; b < graph->devices.size(); ++b) {
    (*executable)->streams.push_back(make_stream(graph->devices[b]));
    destroy_stream((*executable)->streams.back());  // no handle of the program
  }
  graphs().executables.insert(*executable);
  return cudaSuccess;
}

void launch(cudaGraphExec_t executable, CUstream_st& stream) {
  if (!graphs().executables.contains(executable)) {
    misuse("cudaGraphLaunch", "it is not an executable graph");
  }
  CUgraph_st const& graph = executable->graph;
  append_wait(stream, executable->latest_launch);
  std::vector<std::shared_ptr<Completion>> records(graph.record_count);
  for (auto& each : records) each = std::make_shared<Completion>();
  auto const begin = append_record(stream);
  for (CUstream_st* const other : executable->streams) append_wait(*other, begin);
  for (GraphEntry const& each : graph.entries) {
    append_entry(each.branch == 0 ? stream : *executable->streams[each.branch - 1], each, records);
  }
  for (CUstream_st* const other : executable->streams) append_wait(stream, append_record(*other));
  executable->latest_launch = append_record(stream);
}

void destroy(cudaGraph_t graph) {
  if (graphs().graphs.erase(graph) == 0) misuse("cudaGraphDestroy", "it is not a graph");
  delete graph;
}

void destroy(cudaGraphExec_t executable) {
  if (graphs().executables.erase(executable) == 0) {
    misuse("cudaGraphExecDestroy", "it is not an executable graph");
  }
  delete executable;
}

std::vector<Leak> leaked_graphs() {
  std::vector<Leak> leaks;
  for (std::size_t i = 0; i < graphs().graphs.size(); ++i) leaks.push_back({"graph", 0, "a graph"});
  for (std::size_t i = 0; i < graphs().executables.size(); ++i) {
    leaks.push_back({"graph", 0, "an executable graph"});
  }
  return leaks;
}

}  // namespace cuda_model
