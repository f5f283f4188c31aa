// SPDX-License-Identifier: Apache-2.0
// The stages in which the ranks of a run prepare their devices, and that ranks which share a GPU
// measure its memory while none of them uses it.
#include "engine/start_stages.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "mpi/test_session.h"
#include "support/expect_error.h"
#include "train/rank_run.h"

namespace moneta {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
}

bool is_last_rank() { return session->rank() + 1 == session->size(); }

TEST(StartStages, PollWhileOtherRanksWork) {
  Team all_ranks(*session, all_ranks_of(*session));
  int polls = 0;
  all_ranks.while_waiting([&] { ++polls; });
  StartStages const stages(*session, all_ranks);
  auto const work_of_the_last = [] {
    if (is_last_rank()) std::this_thread::sleep_for(std::chrono::milliseconds(600));
  };
  stages.collective(work_of_the_last);
  EXPECT_TRUE(is_last_rank() || polls >= 2) << polls;
  polls = 0;
  work_of_the_last();
  std::vector<std::string> const ranks = stages.all_gather(std::to_string(session->rank()));
  EXPECT_TRUE(is_last_rank() || polls >= 2) << polls;
  EXPECT_EQ(ranks.size(), session->size());
  EXPECT_EQ(ranks.back(), std::to_string(session->size() - 1));
  EXPECT_EQ(stages.all_reduce_min(session->rank() + 3), 3u);
}

/// A rank that is alone waits for nobody, but its heartbeats are watched.
TEST(StartStages, PollBeforeAndAfterTheWork) {
  Team all_ranks(*session, all_ranks_of(*session));
  std::vector<std::string> calls;
  all_ranks.while_waiting([&] { calls.emplace_back("poll"); });
  StartStages const stages(*session, all_ranks);
  stages.collective([&] { calls.emplace_back("work"); });
  if (session->size() == 1) {
    EXPECT_EQ(calls, (std::vector<std::string>{"poll", "work", "poll"}));
  }
  EXPECT_EQ(calls.front(), "poll");
  EXPECT_EQ(calls.back(), "poll");
}

TEST(StartStages, ThrowTheErrorOfOneRankOnAllRanks) {
  Team all_ranks(*session, all_ranks_of(*session));
  StartStages const stages(*session, all_ranks);
  auto const fail = [&] {
    stages.collective([] {
      if (is_last_rank()) throw Error(ErrorKind::device, "its GPU is lost");
    });
  };
  EXPECT_THROW(fail(), CollectiveError);
  expect_error(ErrorKind::device, "its GPU is lost", fail);
}

/// Takes a while for its first update, and knows when it ended and when its memory was measured.
class TimedBackend : public NarrowBackend {
 public:
  struct Times {
    std::uint64_t warm_ns = 0, measured_ns = 0;
  };
  TimedBackend(MemoryBudget& budget, Times& times) : NarrowBackend(budget), times_(times) {
    before_linear = [this](std::size_t call) {
      if (call == 0) std::this_thread::sleep_for(std::chrono::milliseconds(300 * session->rank()));
      times_.warm_ns = now_ns();
    };
  }
  void measure_memory() override { times_.measured_ns = now_ns(); }

 private:
  Times& times_;
};

TEST(PrepareDevice, MeasuresASharedGpuAfterTheFirstUpdateOfEveryRank) {
  Config const config = make_config();
  RankWork work;
  work.coins = {0};
  work.team = session->rank();
  Team all_ranks(*session, all_ranks_of(*session)), team(*session, work);
  std::vector<std::string> begun;
  StartStages const stages(*session, all_ranks,
                           [&](std::string const& stage) { begun.push_back(stage); });
  MemoryBudget budget;
  TimedBackend::Times times;
  PreparedDevice prepared;
  prepare_device(prepared, stages, team, config, {{"A", sample_count, {sample_count + steps}, ""}},
                 work, {}, [&](DeviceConfig const&, NodeRank) {
                   return OpenedBackend{std::make_unique<TimedBackend>(budget, times), "GPU-a", {}};
                 });
  EXPECT_EQ(prepared.sharing.ranks_on_gpu, session->size());
  std::uint64_t const first_measured = session->all_reduce_min(times.measured_ns);
  for (std::string const& warm : session->all_gather(std::to_string(times.warm_ns))) {
    EXPECT_GT(first_measured, std::stoull(warm));
  }
  EXPECT_EQ(begun, (std::vector<std::string>{"opens its device", "connects to its team",
                                             "runs the first update on its device",
                                             "plans its memory", "selects its LSTM algorithms",
                                             "allocates the memory of its plan"}));
}

}  // namespace
}  // namespace moneta
