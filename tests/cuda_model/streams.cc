// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "cuda_model/capture.h"
#include "cuda_model/devices.h"
#include "cuda_model/memory.h"

namespace cuda_model {
namespace {

struct Handles {
  std::unordered_set<CUstream_st*> streams;
  std::unordered_set<CUevent_st*> events;
};

Handles& handles() {
  static auto* const all = new Handles;  // outlives the static objects of the program
  return *all;
}

/// An operation of a library or kernel, which CUDA runs only on a stream of the current device.
void enqueue_entry(cudaStream_t handle, Entry entry) {
  auto const lock = lock_model();
  CUstream_st& stream = checked(entry.call, handle);
  if (stream.device != current_device()) {
    misuse(entry.call, fmt::format("the stream belongs to device {}, but device {} is current",
                                   stream.device, current_device()));
  }
  add(stream, std::move(entry));
}

}  // namespace

cudaStream_t make_stream(int device) {
  auto* const stream = new CUstream_st;
  handles().streams.insert(stream);
  stream->device = device;
  stream->number = handles().streams.size();
  stream->priority = new_priority();
  return stream;
}

void destroy_stream(cudaStream_t stream) { stream->is_destroyed = true; }

CUstream_st& checked(char const* call, cudaStream_t stream) {
  if (stream == nullptr || stream == cudaStreamLegacy || stream == cudaStreamPerThread) {
    misuse(call, "it uses a default stream, which waits for others (create a stream instead)");
  }
  if (!handles().streams.contains(stream)) {
    misuse(call, fmt::format("{} is not a stream", static_cast<void*>(stream)));
  }
  if (stream->is_destroyed) misuse(call, fmt::format("stream {} was destroyed", stream->number));
  return *stream;
}

void require_stream(char const* call, cudaStream_t stream) {
  auto const lock = lock_model();
  (void)checked(call, stream);
}
int device_of(cudaStream_t stream) {
  auto const lock = lock_model();
  return checked("device_of", stream).device;
}
bool is_capturing(cudaStream_t stream) {
  auto const lock = lock_model();
  return checked("is_capturing", stream).capture != nullptr;
}

cudaEvent_t make_event(int device, bool has_time) {
  auto* const event = new CUevent_st;
  event->device = device;
  event->has_time = has_time;
  handles().events.insert(event);
  return event;
}

void destroy_event(cudaEvent_t event) {
  event->is_destroyed = true;
  event->capture.reset();
}

CUevent_st& checked(char const* call, cudaEvent_t event) {
  if (!handles().events.contains(event)) {
    misuse(call, fmt::format("{} is not an event", static_cast<void*>(event)));
  }
  if (event->is_destroyed) misuse(call, "the event was destroyed");
  return *event;
}

void add(CUstream_st& stream, Entry entry) {
  if (stream.capture) {
    capture_entry(stream, std::move(entry));
  } else {
    append(stream, std::move(entry));
  }
}

void enqueue(cudaStream_t stream, char const* call, Operation operation) {
  Entry entry;
  entry.call = call;
  entry.operation = std::move(operation);
  enqueue_entry(stream, std::move(entry));
}

void enqueue_when(cudaStream_t stream, char const* call, std::function<bool()> is_ready,
                  Operation operation) {
  Entry entry;
  entry.call = call;
  entry.operation = std::move(operation);
  entry.is_ready = std::move(is_ready);
  enqueue_entry(stream, std::move(entry));
}

void record(CUevent_st& event, CUstream_st& stream) {
  if (stream.capture) return capture_record(event, stream);
  event.capture.reset();
  event.latest = std::make_shared<Completion>();
  Entry entry;
  entry.call = "cudaEventRecord";
  entry.records = event.latest;
  append(stream, std::move(entry));
}

cudaError_t wait_for(CUstream_st& stream, CUevent_st& event) {
  if (stream.capture || event.capture) return capture_wait(stream, event);
  if (!event.latest) return cudaSuccess;
  Entry entry;
  entry.call = "cudaStreamWaitEvent";
  entry.awaits = event.latest;
  append(stream, std::move(entry));
  return cudaSuccess;
}

void synchronize(char const* call, CUstream_st& stream) {
  run_until(call, {&stream}, [&] { return stream.entries.empty(); });
  note_host_chain(stream.chain);
}

void synchronize(char const* call, CUevent_st& event) {
  auto const latest = event.latest;  // a record on another thread meanwhile does not matter
  if (!latest) return;
  run_until(call, {latest->stream}, [&] { return latest->is_done; });
  note_host_chain(latest->chain);
}

void synchronize_device(char const* call, int device) {
  auto const targets = busy_streams(device);
  run_until(call, targets, [&] {
    return std::all_of(targets.begin(), targets.end(),
                       [](CUstream_st const* stream) { return stream->entries.empty(); });
  });
  for (CUstream_st const* const stream : targets) note_host_chain(stream->chain);
}

bool is_in_use(void const* pinned, std::size_t bytes) {
  auto* const begin = static_cast<char const*>(pinned);
  auto const uses = [&](Entry const& entry) {
    auto* const used = static_cast<char const*>(entry.pinned);
    return used != nullptr && used >= begin && used < begin + bytes;
  };
  for (CUstream_st const* const stream : handles().streams) {
    if (std::any_of(stream->entries.begin(), stream->entries.end(), uses)) return true;
  }
  return false;
}

std::vector<Leak> leaked_handles() {
  std::vector<Leak> leaks;
  for (CUstream_st const* const stream : handles().streams) {
    if (stream->is_destroyed || sticky_error(stream->device) != cudaSuccess) continue;
    leaks.push_back({"stream", 0, fmt::format("stream {}", stream->number)});
  }
  for (CUevent_st const* const event : handles().events) {
    if (event->is_destroyed || sticky_error(event->device) != cudaSuccess) continue;
    leaks.push_back({"event", 0, "an event"});
  }
  std::vector<Leak> const graphs = leaked_graphs();
  leaks.insert(leaks.end(), graphs.begin(), graphs.end());
  return leaks;
}

std::uint64_t digest(void const* data, std::size_t bytes) {
  constexpr std::uint64_t start = 14695981039346656037U, prime = 1099511628211U;
  auto const* from = static_cast<unsigned char const*>(data);
  std::uint64_t result = start;
  for (; bytes >= sizeof(std::uint64_t); from += sizeof(std::uint64_t)) {
    std::uint64_t word;
    __builtin_memcpy(&word, from, sizeof word);
    result = (result ^ word) * prime;
    result ^= result >> 32;  // the product alone carries nothing to lower bits
    bytes -= sizeof word;
  }
  for (; bytes > 0; --bytes) result = (result ^ *from++) * prime;
  return result;
}

}  // namespace cuda_model
