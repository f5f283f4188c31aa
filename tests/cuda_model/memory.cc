// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/memory.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>

#include "cuda_model/device_use.h"
#include "cuda_model/devices.h"

namespace cuda_model {
namespace {

constexpr std::size_t page = 4096, alignment = 256, window_bytes = std::size_t{1} << 44;
constexpr int fill = 0xFF;

struct Allocation {
  std::size_t number = 0;  // from 1
  int device = 0;
  char *region = nullptr, *begin = nullptr, *end = nullptr, *region_end = nullptr;
  std::size_t granule = 0;
  bool is_live = false;
  std::size_t bytes() const { return static_cast<std::size_t>(end - begin); }
  std::size_t region_bytes() const { return static_cast<std::size_t>(region_end - region); }
};

/// Pages of one allocation.
struct Pages {
  Allocation const* allocation;
  char *begin, *end;
};

struct Memory {
  char* window = nullptr;
  std::size_t used = page;                      // of the window; page 0 is a guard
  std::map<char const*, Allocation> by_region;  // live and freed
  std::vector<Pages> open;
  char const* latest_call = "";  // of the operations since they were opened
  Granules granules;
  struct sigaction other_handler {};
};

Memory& memory() {
  static auto* const all = new Memory;  // outlives the static objects of the program
  return *all;
}

/// What the thread runs; the fault handler reads them, so no access may allocate memory.
thread_local char const* running __attribute__((tls_model("initial-exec"))) = nullptr;
thread_local int running_device __attribute__((tls_model("initial-exec"))) = 0;

bool is_in_window(void const* pointer) {
  auto* const address = static_cast<char const*>(pointer);
  char const* const window = memory().window;
  return window != nullptr && address >= window && address < window + window_bytes;
}

/// The allocation, live or freed, whose pages or the guard page after them contain the address.
Allocation const* find(void const* pointer) {
  auto next = memory().by_region.upper_bound(static_cast<char const*>(pointer));
  return next == memory().by_region.begin() ? nullptr : &(--next)->second;
}

void protect(char* begin, char* end, int protection) {
  if (::mprotect(begin, static_cast<std::size_t>(end - begin), protection) != 0) {
    misuse("mprotect", "the process has too many memory maps (vm.max_map_count)");
  }
}

/// Pages of the allocation that contain the address: `chunks` units of 64 KiB.
Pages pages_around(Allocation const& each, char const* address, std::size_t chunks = 1) {
  constexpr std::size_t chunk = 16 * page;
  char* const begin = each.region + static_cast<std::size_t>(address - each.region) / chunk * chunk;
  auto const left = static_cast<std::size_t>(each.region_end - begin);
  return {&each, begin, begin + std::min(chunks * chunk, left)};
}

/// Opens pages around the address. To open a page takes almost as long as to fill it, so that they
/// are few at first, and twice as many each time an operation goes on where the latest ones end.
void open_pages(Allocation const& each, char const* address) {
  static std::size_t chunks = 1;
  Pages pages = pages_around(each, address);
  bool const goes_on = !memory().open.empty() && memory().open.back().end == pages.begin;
  chunks = goes_on ? 2 * chunks : 1;
  pages = pages_around(each, address, chunks);
  memory().open.push_back(pages);
  protect(pages.begin, pages.end, PROT_READ | PROT_WRITE);
}

std::string describe(Allocation const& each, char const* address) {
  std::string const name =
      fmt::format("{} allocation {} ({} bytes on device {})", each.is_live ? "live" : "freed",
                  each.number, each.bytes(), each.device);
  if (address < each.begin) return fmt::format("{} bytes before {}", each.begin - address, name);
  if (address < each.end) return fmt::format("byte {} of {}", address - each.begin, name);
  return fmt::format("{} bytes after the end of {}", address - each.end, name);
}

/// Opens what an operation may touch. Everything else ends the process.
void handle_fault(int signal, siginfo_t* info, void* /*context*/) {
  auto* const address = static_cast<char*>(info->si_addr);
  if (!is_in_window(address)) {
    // The access faults again when this returns, and then for the handler that was there before.
    ::sigaction(signal, &memory().other_handler, nullptr);
    return;
  }
  Allocation const* const each = find(address);
  bool const is_inside = each != nullptr && address < each->region_end;
  bool const is_allowed = running != nullptr && is_inside && each->is_live &&
                          (running_device < 0 || running_device == each->device);
  if (is_allowed) {
    open_pages(*each, address);
    return;
  }
  std::string const who =
      running == nullptr ? "the host"
                         : fmt::format("an operation of {} on device {}", running, running_device);
  misuse(running == nullptr ? "host access" : running,
         fmt::format("{} touched {}", who,
                     each == nullptr ? "device memory that was never allocated"
                                     : describe(*each, address)));
}

/// Reserves the addresses and installs the fault handler.
void reserve_window() {
  if (memory().window != nullptr) return;
  void* const window =
      ::mmap(nullptr, window_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (window == MAP_FAILED) misuse("mmap", "cannot reserve the addresses of device memory");
  memory().window = static_cast<char*>(window);
  struct sigaction action {};
  action.sa_sigaction = handle_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGSEGV, &action, &memory().other_handler);
}

bool is_filled(char const* begin, char const* end) {
  return std::all_of(begin, end, [](char byte) { return byte == static_cast<char>(fill); });
}

/// Checks the patterns before and after an allocation, as far as they are in these open pages.
void check_pattern(Pages const& pages, char const* call) {
  Allocation const& each = *pages.allocation;
  if (pages.begin == each.region && !is_filled(each.region, each.begin)) {
    misuse(call,
           fmt::format("something wrote before the beginning of {}", describe(each, each.begin)));
  }
  if (pages.end == each.region_end && !is_filled(each.end, each.region_end)) {
    misuse(call, fmt::format("something wrote after the end of {}", describe(each, each.begin)));
  }
}

Allocation const& require_live(char const* call, char const* what, void const* pointer,
                               std::size_t bytes) {
  auto* const begin = static_cast<char const*>(pointer);
  if (!is_in_window(pointer)) {
    misuse(call, fmt::format("{} ({}) is not device memory", what, pointer));
  }
  Allocation const* const each = find(pointer);
  if (each == nullptr || !each->is_live || begin < each->begin || begin >= each->end) {
    misuse(call, fmt::format("{} points to {}", what,
                             each == nullptr ? "device memory that was never allocated"
                                             : describe(*each, begin)));
  }
  auto const left = static_cast<std::size_t>(each->end - begin);
  if (bytes > left) {
    misuse(call, fmt::format("{} of {} bytes leaves its allocation by {} bytes; it begins at {}",
                             what, bytes, bytes - left, describe(*each, begin)));
  }
  return *each;
}

}  // namespace

cudaError_t allocate_device(int device, std::size_t bytes, void** pointer) {
  reserve_window();
  Memory& all = memory();
  Allocation each;
  if (!all.granules.take(device, bytes, each.granule)) return cudaErrorMemoryAllocation;
  std::size_t const aligned = (bytes + alignment - 1) / alignment * alignment;
  std::size_t const pages = (aligned + page - 1) / page * page;
  if (all.used + pages + page > window_bytes) misuse("cudaMalloc", "no addresses are left");
  each.number = all.by_region.size() + 1;
  each.device = device;
  each.region = all.window + all.used;
  each.region_end = each.region + pages;
  each.begin = each.region_end - aligned;
  each.end = each.begin + bytes;
  each.is_live = true;
  all.used += pages + page;
  protect(each.region, each.region_end, PROT_READ | PROT_WRITE);
  std::memset(each.region, fill, pages);
  protect(each.region, each.region_end, PROT_NONE);
  *pointer = each.begin;
  all.by_region[each.region] = each;
  return cudaSuccess;
}

void free_device(int device, void* pointer) {
  Allocation const& found = require_live("cudaFree", "the pointer", pointer, 1);
  if (pointer != found.begin || found.device != device) {
    misuse("cudaFree", fmt::format("the pointer is {}, current device {}",
                                   describe(found, static_cast<char*>(pointer)), device));
  }
  close_device_memory();
  Allocation& each = memory().by_region.at(found.region);
  for (char const* const end : {each.begin, each.region_end - 1}) {
    Pages const pages = pages_around(each, end);
    protect(pages.begin, pages.end, PROT_READ);
    check_pattern(pages, "cudaFree");
  }
  each.is_live = false;
  memory().granules.release(device, each.bytes(), each.granule);
  // Gives the pages back to the system, but not their addresses.
  (void)::mmap(each.region, each.region_bytes(), PROT_NONE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

int device_of_memory(char const* call, char const* what, void const* pointer, std::size_t bytes) {
  return require_live(call, what, pointer, bytes).device;
}

bool is_device_memory(void const* pointer) {
  auto const lock = lock_model();
  return is_in_window(pointer);
}

void require_device_memory(char const* call, char const* what, void const* pointer,
                           std::size_t bytes, std::size_t wanted_alignment) {
  if (bytes == 0) return;
  auto const lock = lock_model();
  int const device = device_of_memory(call, what, pointer, bytes);
  if (device != current_device()) {
    misuse(call, fmt::format("{} is memory of device {}, but device {} is current", what, device,
                             current_device()));
  }
  if (reinterpret_cast<std::uintptr_t>(pointer) % wanted_alignment != 0) {
    misuse(call,
           fmt::format("{} ({}) is not aligned to {} bytes", what, pointer, wanted_alignment));
  }
}

OperationScope::OperationScope(char const* call, int device) {
  running = call;
  running_device = device;
}
OperationScope::~OperationScope() {
  memory().latest_call = running;
  running = nullptr;
}

void close_device_memory() {
  Memory& all = memory();
  for (Pages const& pages : all.open) check_pattern(pages, all.latest_call);
  for (Pages const& pages : all.open)
    protect(pages.begin, pages.end, PROT_NONE);  // they may overlap
  all.open.clear();
}

std::vector<Leak> leaked_memory() {
  std::vector<Leak> leaks;
  for (auto const& [region, each] : memory().by_region) {
    if (!each.is_live || sticky_error(each.device) != cudaSuccess) continue;
    leaks.push_back({"device memory", each.bytes(), describe(each, each.begin)});
  }
  return leaks;
}

}  // namespace cuda_model
