// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/split_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include "cuda_model/model.h"

namespace cuda_model {
namespace {

bool overlap(MemoryUse const& a, MemoryUse const& b) {
  auto const *const a_begin = static_cast<std::byte const*>(a.data),
                    *const b_begin = static_cast<std::byte const*>(b.data);
  return a.bytes > 0 && b.bytes > 0 && a_begin < b_begin + b.bytes && b_begin < a_begin + a.bytes;
}

bool conflict(MemoryUse const& a, MemoryUse const& b) {
  return (a.access != Access::read || b.access != Access::read) && overlap(a, b);
}

/// A call between its two operations.
struct RunningCall {
  SplitCall call;
  std::uint64_t token = 0;
  std::vector<std::uint64_t> digests;  ///< of the arrays that nobody may change
};

/// Only operations use it, which the lock of the model protects.
std::vector<std::shared_ptr<RunningCall>>& running_calls() {
  static auto* const calls =
      new std::vector<std::shared_ptr<RunningCall>>;  // streams may run while the process ends
  return *calls;
}

void require_no_conflict(SplitCall const& call) {
  for (auto const& other : running_calls()) {
    for (MemoryUse const& mine : call.uses) {
      for (MemoryUse const& theirs : other->call.uses) {
        if (!conflict(mine, theirs)) continue;
        misuse(call.name,
               fmt::format("its {} at {} overlaps the {} of a {} that is still running (no event "
                           "orders the two streams)",
                           mine.what, mine.data, theirs.what, other->call.name));
      }
    }
  }
}

constexpr int garbage = 0xEE, not_a_number = 0xFF;

/// Destroys the contents of a work space at both ends, because cuDNN's work spaces have megabytes
/// in between that only its matrix products use.
void destroy_contents(std::byte* space, std::size_t bytes) {
  constexpr std::size_t edge = std::size_t{1} << 18;
  std::size_t const part = std::min(bytes, edge);
  std::memset(space, garbage, part);
  std::memset(space + bytes - part, garbage, part);
}

struct TokenPlaces {
  std::byte *first, *last;
};
TokenPlaces token_places(MemoryUse const& work) {
  auto* const begin = static_cast<std::byte*>(const_cast<void*>(work.data));
  return {begin, begin + work.bytes - sizeof(std::uint64_t)};
}

void occupy(MemoryUse const& work, std::uint64_t token) {
  if (work.bytes < sizeof token) return;
  auto const [first, last] = token_places(work);
  destroy_contents(first, work.bytes);
  std::memcpy(first, &token, sizeof token);
  std::memcpy(last, &token, sizeof token);
}

void release(char const* call, MemoryUse const& work, std::uint64_t token) {
  if (work.bytes < sizeof token) return;
  auto const [first, last] = token_places(work);
  for (std::byte* const place : {first, last}) {
    if (std::memcmp(place, &token, sizeof token) != 0) {
      misuse(call,
             fmt::format("its {} at {} was written to while the call ran", work.what, work.data));
    }
    std::memset(place, garbage, sizeof token);
  }
}

bool is_kept(MemoryUse const& use) {
  return use.access == Access::read || use.access == Access::update;
}

void begin(std::shared_ptr<RunningCall> const& shared) {
  static std::uint64_t calls = 0;
  RunningCall& running = *shared;
  SplitCall const& call = running.call;
  require_no_conflict(call);
  running_calls().push_back(shared);
  running.token = 0x9E3779B97F4A7C15u * ++calls;  // differs from garbage and from other calls
  running.digests.clear();
  for (MemoryUse const& use : call.uses) {
    if (is_kept(use)) running.digests.push_back(digest(use.data, use.bytes));
    if (use.access == Access::work) occupy(use, running.token);
  }
  call.start();
  for (MemoryUse const& use : call.uses) {
    if (use.access == Access::write && use.bytes > 0)
      std::memset(const_cast<void*>(use.data), not_a_number, use.bytes);
  }
}

void end(std::shared_ptr<RunningCall> const& shared) {
  RunningCall& running = *shared;
  SplitCall const& call = running.call;
  std::size_t kept = 0;
  for (MemoryUse const& use : call.uses) {
    if (is_kept(use) && running.digests[kept++] != digest(use.data, use.bytes)) {
      misuse(call.name,
             fmt::format("its {} at {} was written to while the call ran", use.what, use.data));
    }
    if (use.access == Access::work) release(call.name, use, running.token);
  }
  call.finish();
  std::erase(running_calls(), shared);
}

}  // namespace

void require_arrays(char const* call, std::vector<MemoryUse> const& uses) {
  for (MemoryUse const& use : uses)
    require_device_memory(call, use.what, use.data, use.bytes, use.alignment);
  for (std::size_t i = 0; i < uses.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (conflict(uses[i], uses[j]))
        misuse(call, fmt::format("{} overlaps {}", uses[i].what, uses[j].what));
    }
  }
}

void enqueue_split(cudaStream_t stream, SplitCall call) {
  auto const running = std::make_shared<RunningCall>();
  running->call = std::move(call);
  char const* const name = running->call.name;
  enqueue(stream, name, [running] { begin(running); });
  enqueue(stream, name, [running] { end(running); });
}

}  // namespace cuda_model
