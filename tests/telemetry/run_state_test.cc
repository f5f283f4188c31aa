// SPDX-License-Identifier: Apache-2.0
#include "telemetry/run_state.h"

#include <gtest/gtest.h>

#include <ostream>

#include "base/error.h"

namespace moneta {
namespace {

struct EndCase {
  char const* name;
  RunEnd end;
  RunState state;
  friend void PrintTo(EndCase const& c, std::ostream* out) { *out << c.name; }
};

class RunEnds : public testing::TestWithParam<EndCase> {};

TEST_P(RunEnds, HaveAFinalState) {
  EXPECT_EQ(GetParam().end.state(), GetParam().state);
  EXPECT_TRUE(is_over(GetParam().state));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RunEnds, testing::Values(
    EndCase{"Success",          {0, false},            RunState::finished},
    EndCase{"StopRequest",      {exit_stopped, false}, RunState::stopped},
    EndCase{"FailedCoin",       {4, false},            RunState::failed},
    EndCase{"Watchdog",         {exit_stopped, true},  RunState::failed}),
    [](auto const& each) { return each.param.name; });
// clang-format on

TEST(RunStateNames, AreUnique) {
  for (RunState const state :
       {RunState::unknown, RunState::starting, RunState::running, RunState::stopping,
        RunState::stopped, RunState::finished, RunState::failed}) {
    EXPECT_EQ(run_state_from_name(to_string(state)), state) << to_string(state);
  }
  EXPECT_EQ(run_state_from_name("asleep"), std::nullopt);
}

}  // namespace
}  // namespace moneta
