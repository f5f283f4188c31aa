// SPDX-License-Identifier: Apache-2.0
// A team of ranks trains each coin, and one rank alone cannot read one coin's data: all give that
// coin up, say why, and train the others as if nothing had been.
#include "train/one_coin.h"

#ifdef __SANITIZE_ADDRESS__
/// Open MPI never frees some of its memory.
extern "C" int __lsan_is_turned_off() { return 1; }
#endif

namespace moneta {
namespace {

class TeamOfOneCoin : public EightCoins {
 protected:
  void SetUp() override {
    EightCoins::SetUp();
    config_.coins = {"C", "D", "E"};
    work_.team_size = session().size();
    work_.team_index = session().rank();
  }
  bool is_last() const { return work_.team_index + 1 == work_.team_size; }
};

/// Of two members each has 16 batches of an epoch's training and 2 of its validation.
TEST_F(TeamOfOneCoin, IsGivenUpByAllIfOneCannotReadIt) {
  Outcome const clean = run(datasets(config_.coins));
  for (std::size_t const at : {0u, 18u + 5u, 18u + 17u}) {
    Outcome const outcome = is_last() ? run_with(Trouble::unreadable_data, at, true)
                                      : run_with(Trouble::none, 0, false);
    EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training)) << at;
    if (!work_.team_index) {
      EXPECT_EQ(outcome.count("coin_failed"), 1u) << at;
      for (EventRecord const& event : outcome.events) {
        if (event.action != "coin_failed") continue;
        EXPECT_EQ(event.coin, victim);
        EXPECT_NE(event.message.find("cannot read 'D/2025-01.h5'"), std::string::npos);
      }
      EXPECT_EQ(outcome.last(victim).epoch, at < 18 ? 0 : 1);
      expect_others_alike(outcome, clean);
    }
  }
}

}  // namespace
}  // namespace moneta
