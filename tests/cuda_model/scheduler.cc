// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/scheduler.h"

#include <unistd.h>

#include <algorithm>
#include <random>
#include <set>

#include "cuda_model/devices.h"
#include "cuda_model/memory.h"
#include "cuda_model/report.h"
#include "cuda_model/settings.h"
#include "cuda_model/streams.h"

namespace cuda_model {
namespace {

using Streams = std::vector<CUstream_st*>;

struct Scheduler {
  std::recursive_mutex mutex;
  std::mt19937_64 random{seed()};
  Streams busy;                            // those that hold entries
  std::uint64_t host_priority = random();  // see Policy::priorities
  double time_ms = 0;
};

Scheduler& scheduler() {
  static auto* const all = new Scheduler;  // outlives the static objects of the program
  return *all;
}

thread_local std::uint64_t host_chain = 0;

/// Whether a choice with a probability of 1 in `n` is taken.
bool one_in(std::uint64_t n) { return scheduler().random() % n == 0; }

void remove_front(CUstream_st& stream) {
  stream.entries.pop_front();
  if (stream.entries.empty()) std::erase(scheduler().busy, &stream);
}

/// Whether the stream has an entry that can run now. Waits that are over are removed.
bool can_run(CUstream_st& stream) {
  while (!stream.entries.empty() && stream.entries.front().awaits) {
    if (!stream.entries.front().awaits->is_done) return false;
    remove_front(stream);
  }
  if (stream.entries.empty()) return false;
  Entry const& front = stream.entries.front();
  return !front.is_ready || front.is_ready();
}

/// Adds the streams that must run next so that the target gets on.
void add_needed(CUstream_st& target, std::set<CUstream_st*>& seen, Streams& needed) {
  if (!seen.insert(&target).second) return;
  if (can_run(target)) return needed.push_back(&target);
  if (target.entries.empty() || !target.entries.front().awaits) return;
  add_needed(*target.entries.front().awaits->stream, seen, needed);
}

Streams runnable(Streams const& targets) {
  Streams streams;
  if (policy() == Policy::lazy) {
    std::set<CUstream_st*> seen;
    for (CUstream_st* const target : targets) add_needed(*target, seen, streams);
    return streams;
  }
  Streams const busy = scheduler().busy;  // can_run changes it
  std::copy_if(busy.begin(), busy.end(), std::back_inserter(streams),
               [](CUstream_st* stream) { return can_run(*stream); });
  return streams;
}

void run_operation(CUstream_st const& stream, Entry const& entry) {
  // After a fault, nothing runs on the device any more.
  if (sticky_error(stream.device) != cudaSuccess) return;
  OperationScope const scope(entry.call,
                             entry.is_copy ? OperationScope::any_device : stream.device);
  entry.operation();
  scheduler().time_ms += 0.01;
  count(std::string("operations/") + entry.call);
}

void run_front(CUstream_st& stream) {
  Entry const entry = std::move(stream.entries.front());
  remove_front(stream);
  if (entry.operation) run_operation(stream, entry);
  if (entry.records) {
    entry.records->is_done = true;
    entry.records->time_ms = scheduler().time_ms;
  }
}

CUstream_st& choose(Streams const& streams) {
  if (streams.size() > 1) count("stream_choices");
  if (policy() != Policy::priorities) return *streams[scheduler().random() % streams.size()];
  CUstream_st& highest = **std::max_element(
      streams.begin(), streams.end(),
      [](CUstream_st const* a, CUstream_st const* b) { return a->priority < b->priority; });
  return highest;
}

/// Runs one entry; returns false if none can run.
bool step(Streams const& targets) {
  Streams const streams = runnable(targets);
  if (streams.empty()) return false;
  CUstream_st& chosen = choose(streams);
  run_front(chosen);
  constexpr std::uint64_t between_changes = 64;
  if (policy() == Policy::priorities && one_in(between_changes)) chosen.priority = new_priority();
  return true;
}

/// Under Policy::priorities: whether a stream that can run precedes the host.
bool has_precedence() {
  Streams const streams = runnable({});
  return std::any_of(streams.begin(), streams.end(), [](CUstream_st const* stream) {
    return stream->priority > scheduler().host_priority;
  });
}

/// Runs what the host does not wait for, about 1 in `uniform_rate` entries under Policy::uniform.
void run_unasked(std::uint64_t uniform_rate) {
  switch (policy()) {
    case Policy::eager:
      while (step({})) {
      }
      return;
    case Policy::uniform:
      while (one_in(uniform_rate) && step({})) {
      }
      return;
    case Policy::priorities:
      while (has_precedence()) step({});
      if (one_in(64)) scheduler().host_priority = new_priority();
      return;
    case Policy::lazy:
      return;
  }
}

/// Whether operations of this process wait for something outside it.
bool waits_for_others() {
  Streams const& busy = scheduler().busy;
  return std::any_of(busy.begin(), busy.end(), [](CUstream_st const* stream) {
    return stream->entries.front().is_ready != nullptr;
  });
}

void pause_without_lock() {
  constexpr unsigned pause_us = 50;
  close_device_memory();
  scheduler().mutex.unlock();
  ::usleep(pause_us);
  scheduler().mutex.lock();
}

}  // namespace

std::unique_lock<std::recursive_mutex> lock_model() { return std::unique_lock(scheduler().mutex); }

std::uint64_t random_number() {
  auto const lock = lock_model();
  return scheduler().random();
}
std::uint64_t new_priority() { return scheduler().random(); }

void note_host_chain(std::uint64_t chain) { host_chain = std::max(host_chain, chain); }

void append(CUstream_st& stream, Entry entry) {
  if (entry.awaits) stream.chain = std::max(stream.chain, entry.awaits->chain);
  if (entry.operation) {
    stream.chain = std::max(stream.chain, host_chain) + 1;
    count_most("longest_chain", stream.chain);
  }
  if (entry.records) {
    entry.records->stream = &stream;
    entry.records->chain = stream.chain;
  }
  if (stream.entries.empty()) scheduler().busy.push_back(&stream);
  stream.entries.push_back(std::move(entry));
  run_unasked(8);
  close_device_memory();
}

void run_until(char const* call, Streams const& targets, std::function<bool()> const& is_done) {
  count("host_waits/all");
  if (!is_done()) count("host_waits/blocked");
  while (!is_done()) {
    if (step(targets) || is_done()) continue;  // waits that are over end without a step
    if (!waits_for_others()) misuse(call, "it waits for work that nothing will complete");
    pause_without_lock();
  }
  run_unasked(3);
  close_device_memory();
}

void run_a_little(Streams const& targets) {
  for (std::uint64_t steps = scheduler().random() % 3; steps > 0 && step(targets); --steps) {
  }
  close_device_memory();
}

Streams busy_streams(int device) {
  Streams streams;
  std::copy_if(scheduler().busy.begin(), scheduler().busy.end(), std::back_inserter(streams),
               [&](CUstream_st const* stream) { return stream->device == device; });
  return streams;
}

}  // namespace cuda_model
