// SPDX-License-Identifier: Apache-2.0
#include "comm/session.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "comm/launcher.h"
#include "comm/session_state.h"

namespace moneta {
namespace {

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

/// "Open MPI v4.1.4": the library's name up to the first comma.
std::string library_name() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MONETA_MPI(MPI_Get_library_version(text.data(), &length));
  std::string const name(text.data(), static_cast<std::size_t>(length));
  return name.substr(0, name.find_first_of(",\n"));
}

std::uint64_t smallest_of_all(std::uint64_t value) {
  std::uint64_t result = 0;
  MPI_Request request;
  MONETA_MPI(MPI_Iallreduce(&value, &result, 1, MPI_UINT64_T, MPI_MIN, MPI_COMM_WORLD, &request));
  wait_gently(request);
  return result;
}

void broadcast_bytes(void* data, std::uint64_t bytes, std::size_t from) {
  MPI_Request request;
  MONETA_MPI(MPI_Ibcast(data, static_cast<int>(bytes), MPI_BYTE, static_cast<int>(from),
                        MPI_COMM_WORLD, &request));
  wait_gently(request);
}

/// The text of rank `from` on every rank.
std::string text_from(std::size_t from, std::string text) {
  std::uint64_t bytes = text.size();
  broadcast_bytes(&bytes, sizeof bytes, from);
  MONETA_REQUIRE(bytes <= std::numeric_limits<int>::max(), internal,
                 "a text of {} bytes is too long to send to all ranks", bytes);
  text.resize(bytes);
  if (bytes > 0) broadcast_bytes(text.data(), bytes, from);
  return text;
}

std::optional<Error> error_of(std::function<void()> const& work) {
  try {
    work();
  } catch (std::exception const& error) {
    return as_error(error);
  }
  return std::nullopt;
}

/// The first bytes of a text, not ending inside a UTF-8 character.
std::string bounded(std::string text) {
  constexpr std::size_t longest = 8192;
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

std::vector<std::string> texts_of_all(MPI_Comm communicator, std::string const& own) {
  std::size_t const members = size_of(communicator);
  std::uint64_t const own_bytes = own.size();
  std::vector<std::uint64_t> bytes(members);
  MPI_Request request;
  MONETA_MPI(MPI_Iallgather(&own_bytes, 1, MPI_UINT64_T, bytes.data(), 1, MPI_UINT64_T,
                            communicator, &request));
  wait_gently(request);

  constexpr std::uint64_t most = std::numeric_limits<int>::max();
  std::vector<int> counts(members), starts(members);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < members; ++i) {
    MONETA_REQUIRE(bytes[i] <= most - all, internal,
                   "texts of {} ranks are too long to send to all ranks", members);
    counts[i] = static_cast<int>(bytes[i]);
    starts[i] = static_cast<int>(all);
    all += bytes[i];
  }
  std::string joined(all, '\0');
  MONETA_MPI(MPI_Iallgatherv(own.data(), static_cast<int>(own_bytes), MPI_BYTE, joined.data(),
                             counts.data(), starts.data(), MPI_BYTE, communicator, &request));
  wait_gently(request);

  std::vector<std::string> texts;
  for (std::size_t i = 0; i < members; ++i) {
    texts.push_back(joined.substr(static_cast<std::size_t>(starts[i]), bytes[i]));
  }
  return texts;
}

void wait_gently(MPI_Request request) {
  constexpr std::size_t eager_tries = 1000;
  for (std::size_t tries = 0;; ++tries) {
    int done = 0;
    MONETA_MPI(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (done != 0) return;
    if (tries >= eager_tries) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

void wait_busily(MPI_Request request, std::function<void()> const& idle) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds busy{20}, between_idle{100};
  auto const start = Clock::now();
  for (auto next_idle = start + between_idle;;) {
    int done = 0;
    MONETA_MPI(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (done != 0) return;
    auto const now = Clock::now();
    if (now < start + busy) {
      std::this_thread::yield();
      continue;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    if (now < next_idle) continue;
    next_idle = now + between_idle;
    idle();
  }
}

MpiSession::State::State() {
  int started = 0;
  MPI_Initialized(&started);
  MONETA_REQUIRE(started == 0, internal, "MPI can be started only once in a process");
  // Open MPI ends the process itself if it cannot start: what to do must be said before.
  if (auto const advice = launcher_without_pmix(environment_variable)) log_warning(*advice);
  int threads = MPI_THREAD_SINGLE;
  MONETA_MPI(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &threads));
  MONETA_MPI(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  MONETA_REQUIRE(
      threads >= MPI_THREAD_FUNNELED, device,
      "this MPI library ({}) does not work in a program with threads. Use one built with thread support?",
      library_name());
  rank = rank_in(MPI_COMM_WORLD);
  size = size_of(MPI_COMM_WORLD);

  MPI_Comm node = MPI_COMM_NULL;
  MONETA_MPI(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  rank_on_node = rank_in(node);
  ranks_on_node = size_of(node);
  MONETA_MPI(MPI_Comm_free(&node));
}

MpiSession::State::~State() {
  // MPI_Finalize waits for every rank. A rank that fails alone must not wait for the others, who
  // may wait for it: it ends without, and the launcher then ends the job.
  bool const fails_alone = size > 1 && std::uncaught_exceptions() > 0 && !all_failed;
  if (fails_alone) return;
  for (MPI_Comm& each : communicators) MPI_Comm_free(&each);
  MPI_Finalize();
}

MPI_Comm MpiSession::State::duplicate() {
  MPI_Comm made = MPI_COMM_NULL;
  MONETA_MPI(MPI_Comm_dup(MPI_COMM_WORLD, &made));
  communicators.push_back(made);
  return made;
}

MPI_Comm MpiSession::State::split(int group, int place) {
  MPI_Comm made = MPI_COMM_NULL;
  MONETA_MPI(MPI_Comm_split(MPI_COMM_WORLD, group, place, &made));
  communicators.push_back(made);
  return made;
}

MpiSession::MpiSession() : state_(std::make_unique<State>()) {
  auto const mismatch = launcher_mismatch(environment_variable, size(), library_name());
  MONETA_REQUIRE(!mismatch, config, "{}", *mismatch);
}

MpiSession::~MpiSession() = default;

std::size_t MpiSession::rank() const { return state_->rank; }
std::size_t MpiSession::size() const { return state_->size; }
std::size_t MpiSession::rank_on_node() const { return state_->rank_on_node; }
std::size_t MpiSession::ranks_on_node() const { return state_->ranks_on_node; }

void MpiSession::collective(std::function<void()> const& work) const {
  state_->all_failed = false;
  auto const own = error_of(work);
  std::uint64_t const failed = smallest_of_all(own ? rank() : size());
  if (failed == size()) return;

  std::string const own_text = own ? bounded(own->what()) : "";
  std::string const text = text_from(failed, own_text);
  int kind = own ? own->exit_status() : 0;
  int const own_kind = kind;
  broadcast_bytes(&kind, sizeof kind, failed);
  bool const agrees = own && own_kind == kind && own_text == text;
  bool const all_agree = smallest_of_all(agrees ? 1 : 0) == 1;
  state_->all_failed = true;
  Error const error(static_cast<ErrorKind>(kind), text);
  throw SharedError(all_agree ? error : error.within(fmt::format("rank {}", failed)));
}

std::string MpiSession::broadcast(std::string const& text) const { return text_from(0, text); }

std::vector<std::string> MpiSession::all_gather(std::string const& text) const {
  return texts_of_all(MPI_COMM_WORLD, text);
}

std::uint64_t MpiSession::all_reduce_min(std::uint64_t value) const {
  return smallest_of_all(value);
}

void MpiSession::abort(int exit_status) const {
  std::fflush(nullptr);
  if (size() > 1) MPI_Abort(MPI_COMM_WORLD, exit_status);
  std::_Exit(exit_status);
}

std::size_t usable_cores() {
  // Machines with more cores than cpu_set_t holds need a larger set.
  for (int cores = CPU_SETSIZE; cores <= (1 << 20); cores *= 2) {
    std::size_t const bytes = CPU_ALLOC_SIZE(cores);
    std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> const set(
        CPU_ALLOC(cores), [](cpu_set_t* each) { CPU_FREE(each); });
    if (set && sched_getaffinity(0, bytes, set.get()) == 0) {
      return static_cast<std::size_t>(std::max(1, CPU_COUNT_S(bytes, set.get())));
    }
  }
  return 1;
}

}  // namespace moneta
