// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/memory.h"

#include <limits>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "base/error.h"

namespace moneta::cpu {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

void* allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  std::size_t const alignment = bytes >= 2 * huge_page ? huge_page : 64;
  bool const fits = bytes <= std::numeric_limits<std::size_t>::max() - alignment;
  std::size_t const rounded = (bytes + alignment - 1) / alignment * alignment;
  void* const memory = fits ? std::aligned_alloc(alignment, rounded) : nullptr;
  if (memory == nullptr) {
    throw OutOfMemory(fmt::format(
        "the CPU backend cannot allocate {} bytes ({} MiB; the system refused). Lower device.memory_limit_mib, so that a smaller micro-batch is planned, or model.hidden, or free memory on this machine?",
        bytes, bytes >> 20));
  }
#ifdef __linux__
  if (alignment == huge_page)
    ::madvise(memory, rounded, MADV_HUGEPAGE);  // only a hint, it may fail
#endif
  return memory;
}

}  // namespace

HostMemory::HostMemory(std::size_t bytes) : data_(allocate(bytes)), bytes_(bytes) {}

}  // namespace moneta::cpu
