// SPDX-License-Identifier: Apache-2.0
// Trouble of one coin does not affect others. One of eight coins gets into trouble at many points
// of a run: the checkpoints of the others have the bytes of a clean run, and the coin continues if
// it can.
#include <gtest/gtest.h>

#include <fstream>

#include "train/one_coin.h"

namespace moneta {
namespace {

struct TroubleCase {
  char const* name;
  Trouble trouble;
  std::size_t at;  ///< the victim's batch
  bool to_the_end;
  int status;
  std::size_t skipped, rollbacks;  ///< events
  std::int64_t last_epoch;         ///< of the victim's checkpoints
  bool same_end;                   ///< resumed without trouble, it ends as in the clean run
  friend void PrintTo(TroubleCase const& each, std::ostream* out) { *out << each.name; }
};

class OneCoin : public EightCoins, public testing::WithParamInterface<TroubleCase> {
 protected:
  static constexpr std::size_t first = 1;  // the second micro-batch of the run
  static constexpr std::size_t mid = mid_of_second_epoch;
  static constexpr std::size_t last_update = 2 * epoch - 5;
  static constexpr std::size_t validation = 2 * epoch - 3;
  static constexpr std::size_t last_epoch = 2 * epoch;
  static constexpr std::size_t very_last_update = 3 * epoch - 5;
  static constexpr std::size_t very_last = 3 * epoch - 1;

 public:
  static std::vector<TroubleCase> cases();
};

TEST_P(OneCoin, TroubleDoesNotAffectOtherCoins) {
  TroubleCase const& at = GetParam();
  Outcome const clean = run(datasets(config_.coins));
  ASSERT_EQ(clean.status, 0);
  fs::remove_all(folder_);
  fs::create_directories(folder_);
  Outcome const outcome = run_with(at.trouble, at.at, at.to_the_end);
  EXPECT_EQ(outcome.status, at.status);
  EXPECT_EQ(outcome.count(Event::update_skipped), at.skipped);
  EXPECT_EQ(outcome.count(Event::rolled_back), at.rollbacks);
  EXPECT_EQ(outcome.count(Event::coin_failed), at.status == 0 ? 0u : 1u);
  expect_others_equal(outcome, clean);
  SavedCheckpoint const last = outcome.last(victim);
  EXPECT_EQ(last.epoch, at.last_epoch);
  Outcome const again = resume(outcome);
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(again.count(Event::coin_failed), 0u);
  if (at.status == 0) return;
  EXPECT_EQ(again.last(victim).epoch, 3);
  EXPECT_EQ(again.last(victim).sha256 == clean.last(victim).sha256, at.same_end);
}

std::vector<TroubleCase> OneCoin::cases() {
  // Ten skipped updates in a row, or an epoch without an applied update, roll the coin back.
  // clang-format off
  return {
      //                                                          status skipped rollbacks last same
      {"NanGradientAtTheFirstUpdate", Trouble::nan_gradient, first,       false, 0,  1, 0, 3, true},
      {"NanGradientMidEpoch",         Trouble::nan_gradient, mid,         false, 0,  1, 0, 3, true},
      {"NanGradientAtTheLastUpdate",  Trouble::nan_gradient, very_last_update, false, 0, 1, 0, 3, true},
      {"NanGradientsFromTheStart",    Trouble::nan_gradient, first,       true,  4, 32, 3, 0, true},
      // Epoch 2 ends with the updates before the trouble. The last 4 of it and the first 6 of epoch 3
      // are ten in a row.
      {"NanGradientsFromMidEpoch",    Trouble::nan_gradient, mid,         true,  4, 28, 3, 2, false},
      {"NanGradientsInTheLastEpoch",  Trouble::nan_gradient, last_epoch,  true,  4, 32, 3, 2, true},
      {"NanLossAtTheFirstUpdate",     Trouble::nan_loss,     first,       false, 0,  1, 0, 3, true},
      {"NanLossMidEpoch",             Trouble::nan_loss,     mid,         false, 0,  1, 0, 3, true},
      {"NanLossInValidation",         Trouble::nan_loss,     validation,  false, 0,  0, 1, 3, true},
      {"NanLossInTheLastValidation",  Trouble::nan_loss,     very_last,   false, 0,  0, 1, 3, true},
      {"NanLossesFromTheStart",       Trouble::nan_loss,     first,       true,  4, 32, 3, 0, true},
      {"NanLossesFromMidEpoch",       Trouble::nan_loss,     mid,         true,  4, 28, 3, 1, true},
      {"NanLossesFromValidation",     Trouble::nan_loss,     validation,  true,  4, 24, 3, 1, true},
      {"NanLossesFromTheLastUpdate",  Trouble::nan_loss, very_last_update, true, 4, 25, 3, 2, true},
      {"HugeLossMidEpoch",            Trouble::huge_loss,    mid,         false, 0,  0, 0, 3, true},
      {"DivergedAtTheFirstUpdate",    Trouble::nan_parameters, update - 1, false, 0, 7, 1, 3, true},
      {"DivergedAtTheLastUpdate",     Trouble::nan_parameters, very_last_update, false, 0, 0, 1, 3, true},
      {"UnreadableFromTheStart",      Trouble::unreadable_data, 0,        true,  4,  0, 0, 0, true},
      {"UnreadableMidUpdate",         Trouble::unreadable_data, mid,      true,  4,  0, 0, 1, true},
      {"UnreadableAtTheLastUpdate",   Trouble::unreadable_data, last_update, true, 4, 0, 0, 1, true},
      {"UnreadableInValidation",      Trouble::unreadable_data, validation, true, 4, 0, 0, 1, true},
      {"UnreadableInTheLastEpoch",    Trouble::unreadable_data, last_epoch, true, 4, 0, 0, 2, true},
      {"UnreadableAtTheVeryLast",     Trouble::unreadable_data, very_last, true, 4,  0, 0, 2, true},
  };
  // clang-format on
}

INSTANTIATE_TEST_SUITE_P(Table, OneCoin, testing::ValuesIn(OneCoin::cases()),
                         [](auto const& each) { return each.param.name; });

struct ShortageCase {
  char const* name;
  std::size_t at;  ///< the victim's batch from which on the device has less memory
  friend void PrintTo(ShortageCase const& each, std::ostream* out) { *out << each.name; }
};

class ShortOfMemory : public EightCoins, public testing::WithParamInterface<ShortageCase> {
 public:
  static std::vector<ShortageCase> cases() {
    return {{"FirstUpdate", 1},
            {"MidEpoch", 19},
            {"Validation", training + 1},
            {"SecondEpoch", epoch},
            {"LastValidation", 2 * epoch - 1}};
  }
};

TEST_P(ShortOfMemory, ChangesNoResult) {
  config_.model.hidden = 48;  // offloading inactive coins frees enough memory
  config_.train.epochs = 2;
  Outcome const clean = run(datasets(config_.coins));
  budget_ = {};
  Outcome const outcome = run(watched([this](std::size_t batch) {
    if (batch != GetParam().at) return Trouble::none;
    budget_.total = budget_.used / 100 * 85;
    return Trouble::no_memory;
  }));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.count(Event::out_of_memory), 1u);
  for (EventRecord const& event : outcome.events) {
    if (event.event != Event::out_of_memory) continue;
    EXPECT_EQ(event.coin, victim);
  }
  for (std::string const& coin : config_.coins) {
    CoinState const one = read(clean.last(coin)), other = read(outcome.last(coin));
    EXPECT_EQ(other.header.progress.epoch, 2) << coin;
    EXPECT_EQ(one.params, other.params) << coin;
    EXPECT_EQ(one.m, other.m) << coin;
    EXPECT_EQ(one.v, other.v) << coin;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, ShortOfMemory, testing::ValuesIn(ShortOfMemory::cases()),
                         [](auto const& each) { return each.param.name; });

/// From one batch of the victim to another, a file replaces its checkpoint folder.
struct DiskCase {
  char const* name;
  std::size_t from, until;
  int status;
  std::size_t failures;
  std::int64_t last_epoch;
  friend void PrintTo(DiskCase const& each, std::ostream* out) { *out << each.name; }
};

class BlockedFolder : public EightCoins, public testing::WithParamInterface<DiskCase> {
 protected:
  fs::path folder() const { return folder_ / victim; }
  fs::path away() const { return folder_ / "away"; }
  void take_away() const {
    fs::rename(folder(), away());
    std::ofstream(folder()) << "in the way";
  }
  void put_back() const {
    if (!fs::is_regular_file(folder())) return;
    fs::remove(folder());
    fs::rename(away(), folder());
  }
};

TEST_P(BlockedFolder, LosesOnlyTheNewestCheckpointsOfTheCoin) {
  Outcome const clean = run(datasets(config_.coins));
  fs::remove_all(folder_);
  fs::create_directories(folder_);
  Outcome const outcome = run(watched([this](std::size_t batch) {
    if (batch == GetParam().from) take_away();
    if (batch == GetParam().until) put_back();
    return Trouble::none;
  }));
  EXPECT_EQ(outcome.status, GetParam().status);
  EXPECT_EQ(outcome.count(Event::save_failed), GetParam().failures);
  EXPECT_EQ(outcome.count(Event::coin_failed), 0u);
  EXPECT_EQ(outcome.epochs.size(), 24u) << "all coins are trained to the end";
  expect_others_equal(outcome, clean);
  EXPECT_EQ(outcome.last(victim).epoch, GetParam().last_epoch);
  put_back();
  Outcome const again = resume(outcome);
  EXPECT_EQ(again.status, 0);
  Outcome const& end = GetParam().status == 0 ? outcome : again;
  EXPECT_EQ(end.last(victim).sha256, clean.last(victim).sha256);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BlockedFolder, testing::Values(
    // At the end of the run, the last checkpoint is tried once more.
    DiskCase{"FromTheSecondEpoch", 40, 1000, 6, 3, 1},
    DiskCase{"InTheLastEpoch",     72, 1000, 6, 2, 2},
    DiskCase{"ForOneEpoch",        40, 72,   0, 1, 3}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST_F(EightCoins, DiskErrorTakesPrecedenceOverAFailedCoin) {
  config_.train.epochs = 1;
  std::ofstream(folder_ / "F") << "a file where the coin's folder should be";
  Outcome const outcome = run_with(Trouble::unreadable_data, 0, true);
  EXPECT_EQ(outcome.count(Event::coin_failed), 1u);
  EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::disk));
}

TEST_F(EightCoins, ResumeToTheSameBytesAfterAFailureAndAStop) {
  Outcome const clean = run(datasets(config_.coins));
  Outcome const stopped =
      run(watched([](std::size_t batch) {
            return batch < mid_of_second_epoch ? Trouble::none : Trouble::unreadable_data;
          }),
          8, {}, 130);
  EXPECT_EQ(stopped.status, exit_stopped);
  EXPECT_EQ(stopped.count(Event::coin_failed), 1u);
  Outcome const again = resume(stopped);
  EXPECT_EQ(again.status, 0);
  for (std::string const& coin : config_.coins) {
    EXPECT_EQ(again.last(coin).sha256, clean.last(coin).sha256) << coin;
  }
}

}  // namespace
}  // namespace moneta
