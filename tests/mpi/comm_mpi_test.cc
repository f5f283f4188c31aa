// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <stdexcept>

#include "base/error.h"
#include "comm/check.h"
#include "mpi/test_session.h"

namespace moneta {
namespace {

std::optional<CollectiveError> error_of_collective(std::function<void()> const& work) {
  try {
    session->collective(work);
  } catch (CollectiveError const& error) {
    return error;
  }
  return std::nullopt;
}

TEST(Session, HasItsRanksAndNode) {
  EXPECT_LT(session->rank(), session->size());
  EXPECT_EQ(session->ranks_on_node(), session->size());  // all ranks are on this machine
  EXPECT_EQ(session->rank_on_node(), session->rank());
}

TEST(Session, AllReduceMinReturnsTheSmallestValue) {
  EXPECT_EQ(session->all_reduce_min(10 + session->rank()), 10u);
  EXPECT_EQ(session->all_reduce_min(1000 - session->rank()), 1000 - (session->size() - 1));
}

TEST(Session, BroadcastReturnsTheTextOfRank0) {
  for (std::size_t const length : {0u, 1u, 3'000'000u}) {
    std::string const own(length, static_cast<char>('a' + session->rank()));
    EXPECT_TRUE(session->broadcast(own) == std::string(length, 'a')) << length;
  }
}

TEST(Session, AllGatherReturnsTheTextOfEveryRank) {
  for (std::size_t const length : {0u, 1u, 700'000u}) {
    // The texts have different lengths, and that of rank 1 is empty.
    auto const text_of = [&](std::size_t rank) {
      std::size_t const own = rank == 1 ? 0 : length + rank;
      return std::string(own, static_cast<char>('a' + rank));
    };
    auto const texts = session->all_gather(text_of(session->rank()));
    EXPECT_EQ(texts.size(), session->size());
    for (std::size_t rank = 0; rank < texts.size(); ++rank) {
      EXPECT_TRUE(texts[rank] == text_of(rank)) << "rank " << rank << ", " << length;
    }
  }
}

TEST(Session, CannotBeStartedTwice) {
  try {
    MpiSession second;
    ADD_FAILURE() << "no error";
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::internal);
    EXPECT_STREQ(error.what(), "MPI can be started only once per process");
  }
}

TEST(Check, ReportsTheCallAndTheTextOfTheLibrary) {
  try {
    int rank = 0;
    MONETA_MPI(MPI_Comm_rank(MPI_COMM_NULL, &rank));
    ADD_FAILURE() << "no error";
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::internal);
    EXPECT_TRUE(std::string(error.what()).starts_with("MPI_Comm_rank failed (MPI_ERR_COMM"))
        << error.what();
  }
}

TEST(Collective, RunsOnEveryRank) {
  bool ran = false;
  EXPECT_FALSE(error_of_collective([&] { ran = true; }));
  EXPECT_TRUE(ran);
}

TEST(Collective, ErrorOfOneRankIsThrownByAll) {
  for (std::size_t failing = 0; failing < session->size(); ++failing) {
    auto const error = error_of_collective([&] {
      MONETA_REQUIRE(session->rank() != failing, disk, "the disk of {} is full", failing);
    });
    EXPECT_TRUE(error) << failing;
    if (!error) continue;
    EXPECT_EQ(error->kind(), ErrorKind::disk);
    std::string const text = fmt::format("the disk of {} is full", failing);
    EXPECT_EQ(error->what(),
              session->size() == 1 ? text : fmt::format("rank {}: {}", failing, text));
    EXPECT_EQ(error->rank().value_or(session->size()), session->size() == 1 ? 1 : failing);
  }
}

TEST(Collective, ErrorOfTheLowestFailingRankIsThrown) {
  auto const error = error_of_collective([&] {
    bool const first = session->rank() + 2 < session->size();
    if (!first) throw Error(ErrorKind::data, fmt::format("rank {} found no data", session->rank()));
  });
  EXPECT_TRUE(error);
  if (!error) return;
  std::size_t const lowest = session->size() < 2 ? 0 : session->size() - 2;
  std::string const text = fmt::format("rank {} found no data", lowest);
  EXPECT_EQ(error->what(), session->size() == 1 ? text : fmt::format("rank {}: {}", lowest, text));
}

TEST(Collective, CommonErrorHasNoRankInItsText) {
  auto const error = error_of_collective([] { throw Error(ErrorKind::config, "no such file"); });
  EXPECT_TRUE(error);
  if (!error) return;
  EXPECT_STREQ(error->what(), "no such file");
  EXPECT_EQ(error->kind(), ErrorKind::config);
}

TEST(Collective, OtherExceptionsBecomeInternalErrors) {
  auto const error = error_of_collective([] { throw std::length_error("too long"); });
  EXPECT_TRUE(error);
  if (!error) return;
  EXPECT_STREQ(error->what(), "too long");
  EXPECT_EQ(error->kind(), ErrorKind::internal);
}

TEST(Collective, CutsLongTextsBetweenCharacters) {
  std::string text = "x";
  for (int i = 0; i < 100'000; ++i) text += "\u00b5";
  auto const error = error_of_collective([&] { throw Error(ErrorKind::data, text); });
  EXPECT_TRUE(error);
  if (!error) return;
  std::string const cut = error->what();
  EXPECT_EQ(cut, text.substr(0, 8191) + "...");
}

TEST(Collective, WorksAgainAfterAnError) {
  EXPECT_TRUE(error_of_collective([] { throw Error(ErrorKind::data, "bad"); }));
  EXPECT_FALSE(error_of_collective([] {}));
}

}  // namespace
}  // namespace moneta
