// SPDX-License-Identifier: Apache-2.0
#include "engine/start_stages.h"

#include <exception>

namespace moneta {

void StartStages::collective(std::function<void()> const& work) const {
  std::exception_ptr failure;
  all_ranks_.idle();
  try {
    work();
  } catch (...) {
    failure = std::current_exception();
  }
  all_ranks_.idle();
  // Only this wait may be long. After it, every rank has done its work.
  all_ranks_.all_reduce_min(0);
  session_.collective([&] {
    if (failure) std::rethrow_exception(failure);
  });
}

std::uint64_t StartStages::all_reduce_min(std::uint64_t value) const {
  return all_ranks_.all_reduce_min(value);
}

std::vector<std::string> StartStages::all_gather(std::string const& text) const {
  all_ranks_.all_reduce_min(0);
  return session_.all_gather(text);
}

RankWork all_ranks_of(MpiSession const& session) {
  RankWork work;
  work.team_size = session.size();
  work.team_index = session.rank();
  return work;
}

}  // namespace moneta
