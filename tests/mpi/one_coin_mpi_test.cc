// SPDX-License-Identifier: Apache-2.0
// A team of ranks trains each coin and one rank cannot read the data of one coin: all of them give
// that coin up, the root reports why, and the other coins are not affected.
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

/// In a team of two, each member has 16 training batches and 2 validation batches per epoch.
TEST_F(TeamOfOneCoin, IsGivenUpByAllMembersIfOneCannotReadIt) {
  Outcome const clean = run(datasets(config_.coins));
  for (std::size_t const at : {0u, 18u + 5u, 18u + 17u}) {
    Outcome const outcome = is_last() ? run_with(Trouble::unreadable_data, at, true)
                                      : run_with(Trouble::none, 0, false);
    EXPECT_EQ(outcome.status, static_cast<int>(ErrorKind::training)) << at;
    if (!work_.team_index) {
      EXPECT_EQ(outcome.count(Event::coin_failed), 1u) << at;
      for (EventRecord const& event : outcome.events) {
        if (event.event != Event::coin_failed) continue;
        EXPECT_EQ(event.coin, victim);
        EXPECT_NE(event.message.find("cannot read 'D/2025-01.h5'"), std::string::npos);
      }
      EXPECT_EQ(outcome.last(victim).epoch, at < 18 ? 0 : 1);
      expect_others_equal(outcome, clean);
    }
  }
}

}  // namespace
}  // namespace moneta
