// SPDX-License-Identifier: Apache-2.0
#include "engine/gpu_sharing.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

struct SharingCase {
  char const* name;
  RankGpus gpus;
  std::vector<std::size_t> on_gpu_of;  ///< expected for each rank
  std::size_t sharing;
  bool can_sum;  ///< whether these ranks, as a team, can sum between GPUs
  friend void PrintTo(SharingCase const& c, std::ostream* out) { *out << c.name; }
};

class GpuSharing : public testing::TestWithParam<SharingCase> {};

TEST_P(GpuSharing, FollowsFromTheIdentitiesOfTheGpus) {
  SharingCase const& given = GetParam();
  for (std::size_t rank = 0; rank < given.gpus.size(); ++rank) {
    EXPECT_EQ(ranks_on_gpu_of(rank, given.gpus), given.on_gpu_of[rank]) << rank;
  }
  EXPECT_EQ(ranks_that_share(given.gpus), given.sharing);
  EXPECT_EQ(can_all_reduce_between_gpus(given.gpus), given.can_sum);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, GpuSharing, testing::Values(
    SharingCase{"OneRankOnCpu",      {""},                   {1},          0, false},
    SharingCase{"AllRanksOnCpu",     {"", ""},               {2, 2},       0, false},
    SharingCase{"OneRankOnGpu",      {"GPU-a"},              {1},          0, false},
    SharingCase{"EachRankItsOwnGpu", {"GPU-a", "GPU-b"},     {1, 1},       0, true},
    SharingCase{"OneGpuForAll",      {"GPU-a", "GPU-a"},     {2, 2},       2, false},
    SharingCase{"TwoOfThreeShare",   {"GPU-a", "GPU-b", "GPU-a"}, {2, 1, 2}, 2, false},
    SharingCase{"TwoPairs",          {"GPU-a", "GPU-b", "GPU-b", "GPU-a"}, {2, 2, 2, 2}, 4, false},
    SharingCase{"OneRankWithoutGpu", {"GPU-a", "", "GPU-b"}, {1, 1, 1},    0, false}),
    [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
