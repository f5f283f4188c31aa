// SPDX-License-Identifier: Apache-2.0
// A team of ranks trains one coin and the device of one rank runs out of memory: all of them switch
// to a smaller plan.
#include "train/narrow_run.h"

#ifdef __SANITIZE_ADDRESS__
/// Open MPI never frees some of its memory.
extern "C" int __lsan_is_turned_off() { return 1; }
#endif

namespace moneta {
namespace {

class TeamOutOfMemory : public NarrowRun {
 protected:
  void SetUp() override {
    NarrowRun::SetUp();
    work_.team_size = session().size();
    work_.team_index = session().rank();
  }
  bool is_last() const { return work_.team_index + 1 == work_.team_size; }
};

TEST_F(TeamOutOfMemory, SelectsASmallerPlanOnAllRanksAndRepeatsTheUpdate) {
  Outcome const clean = run(datasets({"A", "B"}));
  budget_ = {};
  if (is_last()) run_out_at({.update = 1, .pass = HeadPass::hidden_backward}, 0.85, 2);
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::out_of_memory), 1u);
  ASSERT_FALSE(plans_.empty());
  EXPECT_EQ(plans_.back().micro_batch, 8u);
  if (session().rank() > 0) return;  // only rank 0 saves
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(read(outcome.last(coin)).params, read(clean.last(coin)).params) << coin;
  }
}

TEST_F(TeamOutOfMemory, TakesTheSmallerMicroBatchOnAllRanks) {
  if (is_last()) run_out_at({.pass = HeadPass::hidden_backward}, 0.78, 1);
  Outcome const outcome = run(datasets({"A"}), 32 / session().size());
  EXPECT_EQ(outcome.status, 0);
  std::size_t const micro_batch = plans_.back().micro_batch;
  EXPECT_LT(micro_batch, 32 / session().size());
  EXPECT_EQ(session().all_reduce_min(micro_batch), micro_batch);
  if (session().rank() == 0) {
    EXPECT_EQ(outcome.last("A").micro_batch, micro_batch);
  }
}

TEST_F(TeamOutOfMemory, LoadsACoinAgainOnAllRanksIfOneLacksMemoryForIt) {
  Outcome const clean = run(datasets({"A", "B"}));
  std::size_t const needed = budget_.peak;
  budget_ = {};
  before_loading_ = [&] {
    if (is_last()) budget_.total = static_cast<std::size_t>(0.88 * static_cast<double>(needed));
  };
  Outcome const outcome = run(datasets({"A", "B"}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_GE(outcome.count(Event::out_of_memory), 1u);
  EXPECT_EQ(plans_.back().micro_batch, 8u);
  EXPECT_EQ(session().all_reduce_min(plans_.size()), plans_.size());
  if (session().rank() > 0) return;  // only rank 0 saves
  for (char const* const coin : {"A", "B"}) {
    EXPECT_EQ(read(outcome.last(coin)).params, read(clean.last(coin)).params) << coin;
  }
}

/// NCCL is not even asked if one rank has no memory for the array with which it is tested.
TEST_F(TeamOutOfMemory, IsAnErrorOfAllRanksBeforeTheyConnectTheirGpus) {
  Team team(session(), work_);
  auto const backend = make_backend_();
  if (is_last()) budget_.total = 0;
  std::string const gpu = fmt::format("GPU-{}", session().rank());
  EXPECT_THROW(make_gradient_all_reduce(team, *backend, gpu, 1000), OutOfMemory);
}

}  // namespace
}  // namespace moneta
