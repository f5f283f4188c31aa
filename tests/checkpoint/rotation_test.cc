// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/rotation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "checkpoint/sample_index.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

struct RotationCase {
  char const* name;
  std::vector<SavedCheckpoint> saved;  ///< one after the other
  std::size_t keep_last, keep_best;
  std::vector<std::string> kept;  ///< "epoch-update_in_epoch"
  char const* last;
  char const* best;
  friend void PrintTo(RotationCase const& each, std::ostream* out) { *out << each.name; }
};

std::string name_of(SavedCheckpoint const& each) {
  return fmt::format("{}-{}", each.epoch, each.update_in_epoch);
}

std::string name_of(std::optional<SavedCheckpoint> const& each) {
  return each ? name_of(*each) : "none";
}

class Rotation : public testing::TestWithParam<RotationCase> {};

TEST_P(Rotation, KeepsTheLastAndTheBest) {
  CheckpointIndex index;
  std::vector<std::string> on_disk;  // if the caller deletes the files of dropped entries
  for (auto const& each : GetParam().saved) {
    std::erase(on_disk, name_of(each));
    on_disk.push_back(name_of(each));
    auto const dropped = add_and_rotate(index, each, GetParam().keep_last, GetParam().keep_best);
    for (auto const& old : dropped) EXPECT_EQ(std::erase(on_disk, name_of(old)), 1u);
  }
  std::vector<std::string> kept;
  for (auto const& each : index.coins.at("A")) kept.push_back(name_of(each));
  EXPECT_EQ(kept, GetParam().kept);
  EXPECT_EQ(on_disk, GetParam().kept);
  EXPECT_EQ(name_of(last_checkpoint(index, "A")), GetParam().last);
  EXPECT_EQ(name_of(best_checkpoint(index, "A")), GetParam().best);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Rotation, testing::ValuesIn(std::vector<RotationCase>{
    {"TheFirst",          {entry(1)}, 1, 1,                                    {"1-0"},               "1-0", "1-0"},
    {"OnlyTheLast",       {entry(1, 0, 1), entry(2, 0, 2), entry(3, 0, 3)}, 1, 0, {"3-0"},            "3-0", "3-0"},
    {"LastAndBest",       {entry(1, 0, 3), entry(2, 0, 1), entry(3, 0, 2), entry(4, 0, 2), entry(5, 0, 4)}, 2, 1,
                                                                               {"2-0", "4-0", "5-0"}, "5-0", "2-0"},
    {"TwoBest",           {entry(1, 0, 1), entry(2, 0, 5), entry(3, 0, 2), entry(4, 0, 6), entry(5, 0, 7)}, 1, 2,
                                                                               {"1-0", "3-0", "5-0"}, "5-0", "1-0"},
    {"BestAmongTheLast",  {entry(1, 0, 3), entry(2, 0, 2), entry(3, 0, 1)}, 2, 1, {"2-0", "3-0"},     "3-0", "3-0"},
    {"TiesToTheEarlier",  {entry(1, 0, 2), entry(2, 0, 1), entry(3, 0, 1), entry(4, 0, 3)}, 1, 1,
                                                                               {"2-0", "4-0"},        "4-0", "2-0"},
    {"NotWithinAnEpoch",  {entry(1, 0, 5), entry(1, 8, 1), entry(2, 0, 7), entry(2, 8, 7)}, 1, 1,
                                                                               {"1-0", "2-0", "2-8"}, "2-8", "1-0"},
    {"InsideUntilTheNext", {entry(1, 0, 5), entry(1, 4, 5), entry(1, 8, 5), entry(2, 0, 4), entry(3, 0, 3)}, 2, 1,
                                                                               {"2-0", "3-0"},        "3-0", "3-0"},
    {"InsideAndTheOneBefore", {entry(1, 0, 5), entry(2, 0, 4), entry(2, 4, 4), entry(2, 8, 4)}, 1, 1,
                                                                               {"2-0", "2-8"},        "2-8", "2-0"},
    {"NotBeforeEpoch1",   {entry(0, 0, 0), entry(0, 5, 0)}, 1, 1,              {"0-0", "0-5"},        "0-5", "none"},
    {"NotANumber",        {entry(1, 0, std::nan("")), entry(2, 0, -INFINITY), entry(3, 0, 9), entry(4, 0, INFINITY)}, 1, 1,
                                                                               {"3-0", "4-0"},        "4-0", "3-0"},
    {"SavedTwice",        {entry(1, 0, 1), entry(2, 0, 5), entry(2, 0, 3)}, 2, 0, {"1-0", "2-0"},     "2-0", "1-0"},
    {"SavedAgainIsLast",  {entry(1, 0, 1), entry(2, 0, 5), entry(1, 0, 7)}, 1, 0, {"1-0"},            "1-0", "1-0"},
    {"EarlierAfterLater", {entry(3, 0, 1), entry(5, 0, 2), entry(4, 0, 3)}, 2, 0, {"5-0", "4-0"},     "4-0", "5-0"},
    {"KeepsMoreThanAre",  {entry(1), entry(2)}, 9, 9,                          {"1-0", "2-0"},        "2-0", "1-0"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(RotationErrors, KeepLastMustNotBeZero) {
  CheckpointIndex index;
  expect_error(ErrorKind::internal, "(keep_last is 0)",
               [&] { (void)add_and_rotate(index, entry(1), 0, 1); });
}

TEST(RotationOfCoins, LeavesOtherCoinsAlone) {
  CheckpointIndex index = sample_index();
  auto const dropped = add_and_rotate(index, entry(1, 0, 1, "B-2.x_y"), 1, 0);
  EXPECT_EQ(dropped.size(), 1u);
  EXPECT_EQ(index.coins.at("A"), sample_index().coins.at("A"));
}

}  // namespace
}  // namespace moneta
