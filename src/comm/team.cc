// SPDX-License-Identifier: Apache-2.0
#include "comm/team.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "comm/check.h"
#include "comm/collectives.h"
#include "comm/session_state.h"

namespace moneta {

struct Team::State {
  MPI_Comm communicator = MPI_COMM_NULL;
  std::size_t size = 1, index = 0;
  std::vector<float> floats;    ///< receive buffer of a sum
  std::vector<double> doubles;  ///< the same for double
  std::function<void()> idle = [] {};

  template <class T>
  void sum(std::span<T> values, std::vector<T>& received, MPI_Datatype type) const;
};

namespace {

constexpr std::size_t chunk_elements = std::size_t{1} << 20;  // limits the size of the buffer

/// A division of a chunk into one slice per member.
struct Slices {
  Slices(std::size_t elements, std::size_t members) : counts(members), starts(members) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < members; ++i) {
      std::size_t const count = elements / members + (i < elements % members ? 1 : 0);
      counts[i] = static_cast<int>(count);
      starts[i] = static_cast<int>(start);
      start += count;
    }
  }
  std::vector<int> counts, starts;
};

}  // namespace

/// Each member sums one slice, in the order of the members, and sends the result to all. The bits
/// therefore depend neither on timing nor on the algorithm that MPI selects, and the work is
/// divided evenly.
template <class T>
void Team::State::sum(std::span<T> values, std::vector<T>& received, MPI_Datatype type) const {
  if (size == 1) return;
  for (std::size_t first = 0; first < values.size(); first += chunk_elements) {
    auto const chunk = values.subspan(first, std::min(chunk_elements, values.size() - first));
    Slices const slices(chunk.size(), size);
    auto const own_count = static_cast<std::size_t>(slices.counts[index]);
    auto const own = chunk.subspan(static_cast<std::size_t>(slices.starts[index]), own_count);

    received.resize(std::max(received.size(), own_count * size));
    std::vector<int> const received_counts(size, slices.counts[index]);
    std::vector<int> received_starts(size);
    for (std::size_t i = 0; i < size; ++i) received_starts[i] = static_cast<int>(i * own_count);
    MPI_Request request;
    MONETA_MPI(MPI_Ialltoallv(chunk.data(), slices.counts.data(), slices.starts.data(), type,
                              received.data(), received_counts.data(), received_starts.data(), type,
                              communicator, &request));
    wait_spinning(request, idle);
    for (std::size_t i = 0; i < own_count; ++i) {
      T total = received[i];
      for (std::size_t member = 1; member < size; ++member) {
        total += received[member * own_count + i];
      }
      own[i] = total;
    }
    MONETA_MPI(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, chunk.data(),
                               slices.counts.data(), slices.starts.data(), type, communicator,
                               &request));
    wait_spinning(request, idle);
  }
}

Team::Team(MpiSession& session, RankWork const& work) : state_(std::make_unique<State>()) {
  state_->communicator =
      session.state_->split(static_cast<int>(work.team), static_cast<int>(work.team_index));
  state_->size = size_of(state_->communicator);
  state_->index = rank_in(state_->communicator);
  session.collective([&] {
    MONETA_REQUIRE(state_->size == work.team_size && state_->index == work.team_index, internal,
                   "this rank is member {} of {} in team {} (planned: member {} of {})",
                   state_->index, state_->size, work.team, work.team_index, work.team_size);
  });
}

Team::~Team() = default;

std::size_t Team::size() const { return state_->size; }
std::size_t Team::index() const { return state_->index; }
void Team::while_waiting(std::function<void()> idle) { state_->idle = std::move(idle); }
void Team::idle() const { state_->idle(); }

std::vector<std::string> Team::all_gather(std::string const& text) {
  return all_gather_texts(state_->communicator, text);
}

void Team::all_reduce_sum(std::span<float> values) {
  state_->sum(values, state_->floats, MPI_FLOAT);
}

void Team::all_reduce_sum(std::span<double> values) {
  state_->sum(values, state_->doubles, MPI_DOUBLE);
}

std::uint64_t Team::all_reduce_min(std::uint64_t value) {
  if (size() == 1) return value;
  std::uint64_t result = 0;
  MPI_Request request;
  MONETA_MPI(
      MPI_Iallreduce(&value, &result, 1, MPI_UINT64_T, MPI_MIN, state_->communicator, &request));
  wait_spinning(request, state_->idle);
  return result;
}

}  // namespace moneta
