// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/nccl_team.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <random>
#include <stdexcept>
#include <system_error>

#include "cuda_model/model.h"

namespace cuda_model {
namespace {

constexpr std::size_t values_bytes = NcclTeam::max_count * sizeof(float);  ///< of a rank; sparse
constexpr std::size_t header_bytes = std::size_t{1} << 16;

[[noreturn]] void throw_errno(char const* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// The files of teams that this process created and that are not complete yet, by token.
struct CreatedFiles {
  std::mutex mutex;
  std::map<std::uint64_t, int> files;

  void close(std::uint64_t token) {
    std::lock_guard const lock(mutex);
    auto const found = files.find(token);
    if (found == files.end()) return;
    ::close(found->second);
    files.erase(found);
  }
};

CreatedFiles& created_files() {
  static auto* const created = new CreatedFiles;  // it outlives everything that a program destroys
  return *created;
}

flock lock_of(int rank) {
  flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = rank;
  lock.l_len = 1;
  return lock;
}

}  // namespace

/// The beginning of the shared file. The values of each rank follow at header_bytes.
struct NcclTeam::Memory {
  struct Rank {
    std::atomic<bool> has_joined, has_left;
    std::atomic<std::uint64_t> given, taken;  ///< number of the latest all-reduce
    std::atomic<std::uint64_t> count;         ///< of the latest values
    int device;
  };
  std::uint64_t token;
  std::atomic<int> size;  ///< 0 until the first rank joins
  Rank ranks[max_size];
};

NcclTeam::Id NcclTeam::create() {
  static_assert(sizeof(Memory) <= header_bytes && std::atomic<std::uint64_t>::is_always_lock_free);
  int const file = ::memfd_create("cuda_model_nccl", MFD_CLOEXEC);
  if (file < 0) throw_errno("memfd_create");
  std::random_device random;
  std::uint64_t const token = std::uint64_t{random()} << 32 | random();
  auto const bytes = static_cast<off_t>(header_bytes + max_size * values_bytes);
  if (::ftruncate(file, bytes) != 0 || ::pwrite(file, &token, sizeof token, 0) != sizeof token) {
    int const why = errno;
    ::close(file);
    throw std::system_error(why, std::generic_category(), "memory of an NCCL team");
  }
  CreatedFiles& created = created_files();
  std::lock_guard const lock(created.mutex);
  created.files[token] = file;
  Id id{};
  std::snprintf(id.data(), id.size(), "cuda_model %d %d %llu", static_cast<int>(::getpid()), file,
                static_cast<unsigned long long>(token));
  return id;
}

NcclTeam::NcclTeam(Id const& id, int size, int rank, int device) : size_(size), rank_(rank) {
  int process = 0, number = 0;
  unsigned long long token = 0;
  Id text = id;
  text.back() = 0;
  if (std::sscanf(text.data(), "cuda_model %d %d %llu", &process, &number, &token) != 3) {
    throw std::invalid_argument("the id is not from ncclGetUniqueId");
  }
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/fd/%d", process, number);
  file_ = ::open(path, O_RDWR | O_CLOEXEC);
  if (file_ < 0) throw_errno(path);
  std::size_t const bytes = header_bytes + static_cast<std::size_t>(size) * values_bytes;
  std::uint64_t found = 0;
  void* map = MAP_FAILED;
  if (::pread(file_, &found, sizeof found, 0) == sizeof found && found == token) {
    map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_, 0);
  } else {
    errno = ESTALE;  // the number now belongs to another file
  }
  if (map == MAP_FAILED) {
    int const why = errno;
    ::close(file_);
    throw std::system_error(why, std::generic_category(), path);
  }
  memory_ = std::launder(static_cast<Memory*>(map));
  int first = 0;
  if (!memory_->size.compare_exchange_strong(first, size) && first != size) {
    misuse("ncclCommInitRank", "rank " + std::to_string(rank) + " joins a team of " +
                                   std::to_string(size) + ", another rank one of " +
                                   std::to_string(first));
  }
  flock lock = lock_of(rank);
  Memory::Rank& own = memory_->ranks[rank];
  if (::fcntl(file_, F_OFD_SETLK, &lock) != 0 || own.has_joined) {
    misuse("ncclCommInitRank", "rank " + std::to_string(rank) + " joins twice");
  }
  own.device = device;
  own.has_joined = true;
}

NcclTeam::~NcclTeam() {
  leave();
  created_files().close(memory_->token);
  ::munmap(memory_, header_bytes + static_cast<std::size_t>(size_) * values_bytes);
  ::close(file_);
}

void NcclTeam::leave() { memory_->ranks[rank_].has_left = true; }

float* NcclTeam::values_of(int rank) const {
  return reinterpret_cast<float*>(reinterpret_cast<char*>(memory_) + header_bytes +
                                  static_cast<std::size_t>(rank) * values_bytes);
}

bool NcclTeam::is_complete() const {
  auto const has_joined = [](Memory::Rank const& rank) { return rank.has_joined.load(); };
  if (!std::all_of(memory_->ranks, memory_->ranks + size_, has_joined)) return false;
  created_files().close(memory_->token);
  return true;
}

std::optional<std::pair<int, int>> NcclTeam::ranks_on_one_device() const {
  for (int a = 0; a < size_; ++a) {
    for (int b = a + 1; b < size_; ++b) {
      if (memory_->ranks[a].device == memory_->ranks[b].device) return std::pair{a, b};
    }
  }
  return std::nullopt;
}

std::optional<int> NcclTeam::lost_rank(std::uint64_t number) const {
  for (int other = 0; other < size_; ++other) {
    Memory::Rank const& rank = memory_->ranks[other];
    if (other == rank_ || !rank.has_joined) continue;
    if (rank.has_left) {
      if (rank.given < number) return other;
      continue;
    }
    flock lock = lock_of(other);
    if (::fcntl(file_, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK) continue;
    // It may have left between the two looks.
    if (!rank.has_left || rank.given < number) return other;
  }
  return std::nullopt;
}

bool NcclTeam::can_give(std::uint64_t number) const {
  return std::all_of(memory_->ranks, memory_->ranks + size_,
                     [&](Memory::Rank const& rank) { return rank.taken + 1 >= number; });
}

void NcclTeam::give(std::uint64_t number, float const* values, std::size_t count) {
  std::memcpy(values_of(rank_), values, count * sizeof(float));
  memory_->ranks[rank_].count = count;
  memory_->ranks[rank_].given = number;
}

bool NcclTeam::have_all_given(std::uint64_t number) const {
  return std::all_of(memory_->ranks, memory_->ranks + size_,
                     [&](Memory::Rank const& rank) { return rank.given >= number; });
}

void NcclTeam::take_sum(std::uint64_t number, float* sum, std::size_t count) {
  for (int other = 0; other < size_; ++other) {
    if (std::uint64_t const others = memory_->ranks[other].count; others != count) {
      misuse("ncclAllReduce", "in call " + std::to_string(number) + ", rank " +
                                  std::to_string(rank_) + " sums " + std::to_string(count) +
                                  " floats and rank " + std::to_string(other) + " " +
                                  std::to_string(others));
    }
  }
  std::copy_n(values_of(0), count, sum);
  for (int other = 1; other < size_; ++other) {
    float const* const values = values_of(other);
    for (std::size_t i = 0; i < count; ++i) sum[i] += values[i];
  }
  memory_->ranks[rank_].taken = number;
}

}  // namespace cuda_model
