// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/shared_use.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "cuda_model/devices.h"
#include "cuda_model/settings.h"

namespace cuda_model {
namespace {

/// The file is an array of these; zeros, as in a new file, are free entries.
struct Process {
  std::atomic<int> number;
  std::array<std::atomic<std::size_t>, most_devices> used_bytes;
};
constexpr std::size_t most_processes = 256;
using Table = std::array<Process, most_processes>;

bool is_alive(int process) { return ::kill(process, 0) == 0 || errno == EPERM; }

Table* map_table() {
  std::string const path = text_setting("CUDA_MODEL_SHARED");
  if (path.empty()) return nullptr;
  int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(Table)) != 0) {
    misuse("CUDA_MODEL_SHARED", "cannot open '" + path + "': " + std::strerror(errno));
  }
  void* const memory = ::mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) misuse("CUDA_MODEL_SHARED", "cannot map '" + path + "'");
  return static_cast<Table*>(memory);
}

Table* table() {
  static Table* const mapped = map_table();
  return mapped;
}

/// Takes an entry that is free or belongs to a process that ended.
Process* claim_entry() {
  if (table() == nullptr) return nullptr;
  int const own = ::getpid();
  for (Process& entry : *table()) {
    int owner = entry.number.load();
    if (owner != 0 && owner != own && is_alive(owner)) continue;
    if (!entry.number.compare_exchange_strong(owner, own)) continue;
    for (auto& bytes : entry.used_bytes) bytes = 0;
    return &entry;
  }
  misuse("CUDA_MODEL_SHARED", "more processes use it than it has room for");
}

}  // namespace

void publish_use(int device, std::size_t bytes) {
  static Process* const entry = claim_entry();
  if (entry != nullptr) entry->used_bytes.at(static_cast<std::size_t>(device)) = bytes;
}

std::size_t use_of_others(int device) {
  if (table() == nullptr) return 0;
  std::size_t bytes = 0;
  for (Process const& entry : *table()) {
    int const owner = entry.number;
    if (owner == 0 || owner == ::getpid() || !is_alive(owner)) continue;
    bytes += entry.used_bytes.at(static_cast<std::size_t>(device));
  }
  return bytes;
}

}  // namespace cuda_model
