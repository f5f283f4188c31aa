// SPDX-License-Identifier: Apache-2.0
#include "engine/gradient_all_reduce.h"

#include <gtest/gtest.h>

#include "backend/cpu/make.h"
#include "mpi/test_session.h"
#include "support/expect_error.h"
#include "support/on_device.h"

namespace moneta {
namespace {

RankWork own_work(std::size_t coins) {
  return balance_coins(std::vector<double>(coins, 1.0), session->size())[session->rank()];
}

TEST(TeamSumOnDevice, HasTheBitsOfTheTeamsSum) {
  auto const backend = make_cpu_backend(1);
  for (std::size_t coins = 1; coins <= session->size(); ++coins) {
    Team team(*session, own_work(coins));
    for (std::size_t const count : {1u, 1001u}) {
      auto const sum = make_gradient_all_reduce(team, *backend, "", {{0, count}});
      EXPECT_EQ(sum->description(), "MPI");
      for (std::uint64_t turn = 0; turn < 2; ++turn) {
        std::vector<float> values = noise(count, 1e3f, 10 * turn + team.index());
        OnDevice<float> const array(*backend, values);
        team.all_reduce_sum(values);
        sum->sum(array.span());
        EXPECT_EQ(array.host(), values) << count << " in a team of " << team.size();
        if (team.size() > 1) {
          EXPECT_NE(values, noise(count, 1e3f, 10 * turn + team.index()));
        }
      }
    }
  }
}

/// Two ranks on one GPU, and a GPU beside a CPU: NCCL could not sum for them.
TEST(TeamSumOnDevice, GoesThroughTheHostWhereNotEveryMemberHasItsOwnGpu) {
  auto const backend = make_cpu_backend(1);
  Team team(*session, own_work(1));
  EXPECT_EQ(make_gradient_all_reduce(team, *backend, "GPU-a", {{0, 5}})->description(), "MPI");
  EXPECT_EQ(make_gradient_all_reduce(
                team, *backend, team.is_root() ? "" : fmt::format("GPU-{}", team.index()), {{0, 5}})
                ->description(),
            "MPI");
}

TEST(TeamSumOnDevice, RefusesAnotherSize) {
  auto const backend = make_cpu_backend(1);
  Team team(*session, own_work(1));
  auto const sum = make_gradient_all_reduce(team, *backend, "", {{0, 10}});
  OnDevice<float> const array(*backend, std::vector<float>(11));
  expect_error(ErrorKind::internal,
               "sum over a team got values of 11 elements (its other arguments",
               [&] { sum->sum(array.span()); });
}

}  // namespace
}  // namespace moneta
