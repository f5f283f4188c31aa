// SPDX-License-Identifier: Apache-2.0
#include "comm/collectives.h"

#include <chrono>
#include <limits>
#include <thread>

#include "base/error.h"
#include "comm/check.h"

namespace moneta {
namespace {

constexpr std::chrono::microseconds pause{200};

bool is_complete(MPI_Request& request) {
  int done = 0;
  MONETA_MPI(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
  return done != 0;
}

}  // namespace

std::size_t rank_in(MPI_Comm communicator) {
  int rank = 0;
  MONETA_MPI(MPI_Comm_rank(communicator, &rank));
  return static_cast<std::size_t>(rank);
}

std::size_t size_of(MPI_Comm communicator) {
  int size = 1;
  MONETA_MPI(MPI_Comm_size(communicator, &size));
  return static_cast<std::size_t>(size);
}

void wait_sleeping(MPI_Request request) {
  constexpr std::size_t checks_without_pause = 1000;
  for (std::size_t checks = 0; !is_complete(request); ++checks) {
    if (checks >= checks_without_pause) std::this_thread::sleep_for(pause);
  }
}

void wait_spinning(MPI_Request request, std::function<void()> const& while_waiting) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds spinning{20}, between_calls{100};
  auto const start = Clock::now();
  auto next_call = start + between_calls;
  while (!is_complete(request)) {
    auto const now = Clock::now();
    if (now < start + spinning) {
      std::this_thread::yield();
      continue;
    }
    std::this_thread::sleep_for(pause);
    if (now < next_call) continue;
    next_call = now + between_calls;
    while_waiting();
  }
}

std::uint64_t all_reduce_min(std::uint64_t value) {
  std::uint64_t result = 0;
  MPI_Request request;
  MONETA_MPI(MPI_Iallreduce(&value, &result, 1, MPI_UINT64_T, MPI_MIN, MPI_COMM_WORLD, &request));
  wait_sleeping(request);
  return result;
}

void broadcast_bytes(void* data, std::size_t bytes, std::size_t root) {
  MPI_Request request;
  MONETA_MPI(MPI_Ibcast(data, static_cast<int>(bytes), MPI_BYTE, static_cast<int>(root),
                        MPI_COMM_WORLD, &request));
  wait_sleeping(request);
}

std::string broadcast_text(std::string text, std::size_t root) {
  std::uint64_t bytes = text.size();
  broadcast_bytes(&bytes, sizeof bytes, root);
  MONETA_REQUIRE(bytes <= std::numeric_limits<int>::max(), internal,
                 "a text of {} bytes is too long to send to all ranks", bytes);
  text.resize(bytes);
  if (bytes > 0) broadcast_bytes(text.data(), bytes, root);
  return text;
}

std::vector<std::string> all_gather_texts(MPI_Comm communicator, std::string const& own) {
  std::size_t const members = size_of(communicator);
  std::uint64_t const own_bytes = own.size();
  std::vector<std::uint64_t> bytes(members);
  MPI_Request request;
  MONETA_MPI(MPI_Iallgather(&own_bytes, 1, MPI_UINT64_T, bytes.data(), 1, MPI_UINT64_T,
                            communicator, &request));
  wait_sleeping(request);

  constexpr std::uint64_t most_bytes = std::numeric_limits<int>::max();
  std::vector<int> counts(members), starts(members);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < members; ++i) {
    MONETA_REQUIRE(bytes[i] <= most_bytes - total, internal,
                   "the texts of {} ranks are too long to send to all of them", members);
    counts[i] = static_cast<int>(bytes[i]);
    starts[i] = static_cast<int>(total);
    total += bytes[i];
  }
  std::string all(total, '\0');
  MONETA_MPI(MPI_Iallgatherv(own.data(), static_cast<int>(own_bytes), MPI_BYTE, all.data(),
                             counts.data(), starts.data(), MPI_BYTE, communicator, &request));
  wait_sleeping(request);

  std::vector<std::string> texts;
  for (std::size_t i = 0; i < members; ++i) {
    texts.push_back(all.substr(static_cast<std::size_t>(starts[i]), bytes[i]));
  }
  return texts;
}

}  // namespace moneta
