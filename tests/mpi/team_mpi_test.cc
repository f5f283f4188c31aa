// SPDX-License-Identifier: Apache-2.0
#include "comm/team.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/philox.h"
#include "comm/placement.h"
#include "mpi/test_session.h"

namespace moneta {
namespace {

/// Numbers of very different magnitude, so that another order of addition gives other bits.
template <class T>
T member_value(std::size_t member, std::size_t i) {
  PhiloxWords const words = philox(3, member, i);
  return static_cast<T>((uniform_double(words.word[0], words.word[1]) - 0.5) *
                        std::pow(10.0, static_cast<double>(words.word[2] % 9) - 4.0));
}

template <class T>
void expect_fixed_order_sum(Team& team, std::size_t count) {
  std::vector<T> values(count);
  std::vector<T> expected(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = member_value<T>(team.index(), i);
    expected[i] = member_value<T>(0, i);
    for (std::size_t m = 1; m < team.size(); ++m) expected[i] += member_value<T>(m, i);
  }
  team.all_reduce_sum(std::span<T>(values));
  EXPECT_TRUE(count == 0 || std::memcmp(values.data(), expected.data(), count * sizeof(T)) == 0)
      << count << " values in a team of " << team.size();
}

TEST(TeamSum, HasTheBitsOfAnAdditionInMemberOrder) {
  for (std::size_t coins = 1; coins <= session->size(); ++coins) {
    auto const work = balance_coins(std::vector<double>(coins, 1.0), session->size());
    Team team(*session, work[session->rank()]);
    EXPECT_EQ(team.size(), work[session->rank()].team_size);
    EXPECT_EQ(team.index(), work[session->rank()].team_index);
    EXPECT_EQ(team.is_root(), work[session->rank()].team_index == 0);
    for (std::size_t const count : {0u, 1u, 2u, 7u, 1000u}) {
      expect_fixed_order_sum<float>(team, count);
      expect_fixed_order_sum<double>(team, count);
    }
  }
}

TEST(TeamSum, AddsArraysOfSeveralChunks) {
  auto const work = balance_coins({1.0}, session->size());
  Team team(*session, work[session->rank()]);
  expect_fixed_order_sum<float>(team, 3'000'001);
}

TEST(TeamAllGather, ReturnsTheTextsOfItsMembersInOrder) {
  for (std::size_t coins = 1; coins <= session->size(); ++coins) {
    auto const work = balance_coins(std::vector<double>(coins, 1.0), session->size());
    RankWork const& own = work[session->rank()];
    Team team(*session, own);
    auto const text_of = [&](std::size_t index) {
      return index == 1 ? "" : fmt::format("team {}, member {}", own.team, index);
    };
    auto const texts = team.all_gather(text_of(team.index()));
    EXPECT_EQ(texts.size(), team.size());
    for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(texts[i], text_of(i));
  }
}

TEST(TeamErrors, WrongTeamSizeIsRejectedOnAllRanks) {
  RankWork const work{{0}, session->size() + 1, session->rank(), 0};
  try {
    Team team(*session, work);
    ADD_FAILURE() << "no error";
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::internal);
    EXPECT_NE(
        std::string(error.what()).find(fmt::format("of {} in team 0 (planned:", session->size())),
        std::string::npos)
        << error.what();
  }
}

TEST(TeamWaiting, CallsTheFunctionThatWasSet) {
  if (session->size() == 1) return;  // there is no other member to wait for
  auto const work = balance_coins({1.0}, session->size());
  Team team(*session, work[session->rank()]);
  int calls = 0;
  team.while_waiting([&calls] { ++calls; });
  auto const late = [&] {
    if (!team.is_root()) std::this_thread::sleep_for(std::chrono::milliseconds(400));
    calls = 0;
  };
  late();
  double one[] = {1.0};
  team.all_reduce_sum(one);
  EXPECT_EQ(one[0], static_cast<double>(session->size()));
  if (team.is_root()) {
    EXPECT_GE(calls, 2);
  }
  late();
  EXPECT_EQ(team.all_reduce_min(session->rank()), 0u);
  if (team.is_root()) {
    EXPECT_GE(calls, 2);
  }
}

}  // namespace
}  // namespace moneta
