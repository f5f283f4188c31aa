// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/pinned_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>

#include "cuda_model/model.h"

namespace cuda_model {
namespace {

constexpr std::size_t page = 4096;
constexpr int fill = 0xFF;

/// Sizes in bytes, by the beginning.
std::map<char const*, std::size_t>& pinned() {
  static auto* const all = new std::map<char const*, std::size_t>;  // outlives static objects
  return *all;
}

std::size_t page_bytes(std::size_t bytes) { return (bytes + page - 1) / page * page; }
bool is_fill(char byte) { return byte == static_cast<char>(fill); }

}  // namespace

cudaError_t allocate_pinned(std::size_t bytes, void** pointer) {
  std::size_t const pages = page_bytes(bytes);
  void* const region =
      ::mmap(nullptr, pages + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (region == MAP_FAILED) return cudaErrorMemoryAllocation;
  auto* const begin = static_cast<char*>(region);
  ::mprotect(begin + pages, page, PROT_NONE);
  std::memset(begin, fill, pages);
  pinned()[begin] = bytes;
  *pointer = begin;
  return cudaSuccess;
}

std::size_t pinned_bytes(char const* call, void const* pointer) {
  auto const found = pinned().find(static_cast<char const*>(pointer));
  if (found == pinned().end()) {
    misuse(call, fmt::format("{} is not the beginning of live pinned memory", pointer));
  }
  return found->second;
}

void free_pinned(void* pointer) {
  std::size_t const bytes = pinned_bytes("cudaFreeHost", pointer);
  std::size_t const pages = page_bytes(bytes);
  auto* const begin = static_cast<char*>(pointer);
  if (!std::all_of(begin + bytes, begin + pages, is_fill)) {
    misuse("cudaFreeHost",
           fmt::format("something wrote after the end of {} bytes of pinned memory", bytes));
  }
  pinned().erase(begin);
  ::munmap(begin, pages + page);
}

bool is_pinned(char const* call, void const* pointer, std::size_t bytes) {
  auto* const begin = static_cast<char const*>(pointer);
  auto const after = pinned().lower_bound(begin + bytes);
  if (after == pinned().begin()) return false;
  auto const [pinned, size] = *std::prev(after);
  if (pinned + size <= begin) return false;
  if (begin < pinned || begin + bytes > pinned + size) {
    misuse(call, fmt::format("{} bytes at {} are only in part within {} bytes of pinned memory",
                             bytes, pointer, size));
  }
  return true;
}

std::vector<Leak> leaked_pinned_memory() {
  std::vector<Leak> leaks;
  for (auto const& [begin, bytes] : pinned()) {
    leaks.push_back({"pinned memory", bytes, fmt::format("{} bytes of pinned memory", bytes)});
  }
  return leaks;
}

}  // namespace cuda_model
