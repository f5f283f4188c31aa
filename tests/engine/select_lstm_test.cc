// SPDX-License-Identifier: Apache-2.0
#include "engine/select_lstm.h"

#include <gtest/gtest.h>

#include "backend/cpu/make.h"
#include "engine/setup.h"
#include "model/counting_backend.h"

namespace moneta {
namespace {

constexpr auto standard = LstmAlgorithm::standard, persistent = LstmAlgorithm::persistent;
using Shapes = std::vector<LstmShape>;

/// A device whose trials come out as a test wants, first layer and layers above.
class TriedBackend : public CountingBackend {
 public:
  TriedBackend(Backend& inner, bool has_choice, LstmBenchmark const& first,
               LstmBenchmark const& above)
      : CountingBackend(inner), has_choice_(has_choice), first_(first), above_(above) {}
  Shapes tried;

  std::optional<LstmBenchmark> try_persistent_lstm(LstmShape const& shape) override {
    tried.push_back(shape);
    if (!has_choice_) return {};
    return shape.input_gradient ? above_ : first_;
  }

 private:
  bool has_choice_;
  LstmBenchmark first_, above_;
};

LstmBenchmark const fast{"", 0, true, 2, 1}, slow{"", 0, true, 1, 2}, refused{"no", 0, true, 0, 0};

struct DecisionCase {
  char const* name;
  LstmBenchmark first, above;
  std::optional<LstmAlgorithms> earlier;
  bool others;  ///< agree to what this rank would do
  LstmAlgorithmChoice wanted;
  LstmAlgorithms expected;
  bool kept;
  std::size_t trials, reasons;
};

ForecasterShape shape_of(std::size_t layers) {
  Config config;
  config.model.layers = layers;
  config.data.timeframes = {{"5m", 5, 144}, {"1m", 1, 240}, {"15m", 15, 96}};
  return forecaster_shape(config, Precision::bf16, 64, true);
}

LstmSelection decide(TriedBackend& backend, DecisionCase const& given, std::size_t layers = 4) {
  return select_lstm(
      given.wanted, backend, shape_of(layers), given.earlier, [](auto const& work) { work(); },
      [&](bool own) { return own && given.others; });
}

class LstmDecisions : public testing::TestWithParam<DecisionCase> {};

TEST_P(LstmDecisions, AreThoseOfAllRanksAndOfTheRun) {
  DecisionCase const& given = GetParam();
  auto const cpu = make_cpu_backend(1);
  TriedBackend backend(*cpu, true, given.first, given.above);
  LstmSelection const selection = decide(backend, given);
  EXPECT_EQ(selection.algorithms, given.expected);
  EXPECT_EQ(selection.kept, given.kept);
  EXPECT_EQ(backend.tried.size(), given.trials);
  EXPECT_EQ(selection.reasons.size(), given.reasons);
}

// clang-format off
auto const automatic = LstmAlgorithmChoice::automatic, none = LstmAlgorithmChoice::standard;
LstmAlgorithms const all_standard{}, above_only{standard, persistent}, all_persistent{persistent, persistent};
INSTANTIATE_TEST_SUITE_P(Table, LstmDecisions, testing::ValuesIn(std::vector<DecisionCase>{
    {"AllFaster",          fast,    fast,    {},             true,  automatic, all_persistent, true,  2, 2},
    {"OnlyAbove",          refused, fast,    {},             true,  automatic, above_only,     true,  2, 2},
    {"NoneFaster",         slow,    slow,    {},             true,  automatic, all_standard,   true,  2, 2},
    {"AnotherRankCannot",  fast,    fast,    {},             false, automatic, all_standard,   true,  2, 2},
    {"NotWanted",          fast,    fast,    {},             true,  none,      all_standard,   true,  0, 0},
    {"BegunStandard",      fast,    fast,    all_standard,   true,  automatic, all_standard,   true,  0, 0},
    {"BegunPersistent",    slow,    slow,    all_persistent, true,  automatic, all_persistent, true,  2, 2},
    {"BegunMixed",         fast,    slow,    above_only,     true,  automatic, above_only,     true,  1, 1},
    {"BegunAndGone",       slow,    refused, all_persistent, true,  automatic, LstmAlgorithms{persistent, standard}, false, 2, 2},
    {"BegunAndNotWanted",  fast,    fast,    all_persistent, true,  none,      all_standard,   false, 0, 2},
    {"BegunAndOtherRank",  fast,    fast,    all_persistent, false, automatic, all_standard,   false, 2, 2},
}), [](auto const& each) { return each.param.name; });
// clang-format on

DecisionCase const fresh{"", fast, refused, {}, true, automatic, {}, true, 0, 0};

TEST(LstmSelection, SaysWhichLayersAndWhy) {
  auto const cpu = make_cpu_backend(1);
  TriedBackend backend(*cpu, true, fast, refused);
  std::vector<std::string> const reasons = decide(backend, fresh).reasons;
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_EQ(reasons[0],
            "LSTM layer 1 (64 windows, 32 inputs, H 1024, both directions, bf16): persistent, 2.00 "
            "times as fast");
  EXPECT_EQ(reasons[1],
            "LSTM layers 2 to 4 (64 windows, 2048 inputs, H 1024, both directions, bf16): standard "
            "(the persistent one does not run: no)");
}

TEST(LstmSelection, TriesTheLongestTimeframeForTraining) {
  auto const cpu = make_cpu_backend(1);
  TriedBackend backend(*cpu, true, fast, fast);
  decide(backend, fresh);
  ASSERT_EQ(backend.tried.size(), 2u);
  for (LstmShape const& shape : backend.tried) {
    EXPECT_EQ(shape.steps, 240u);
    EXPECT_EQ(shape.batch, 64u);
    EXPECT_TRUE(shape.training);
  }
}

TEST(LstmSelection, OfOneLayerIsThatOfTheFirst) {
  auto const cpu = make_cpu_backend(1);
  TriedBackend backend(*cpu, true, fast, fast);
  LstmSelection const selection = decide(backend, fresh, 1);
  EXPECT_EQ(selection.algorithms, (LstmAlgorithms{persistent, standard}));
  EXPECT_EQ(selection.reasons.size(), 1u);
}

TEST(LstmSelection, SaysNothingOnADeviceWithoutAChoiceUnlessTheRunHadOne) {
  auto const cpu = make_cpu_backend(1);
  TriedBackend backend(*cpu, false, fast, fast);
  DecisionCase given = fresh;
  LstmSelection selection = decide(backend, given);
  EXPECT_EQ(selection.algorithms, all_standard);
  EXPECT_TRUE(selection.reasons.empty());
  EXPECT_TRUE(selection.kept);
  given.earlier = above_only;
  selection = decide(backend, given);
  EXPECT_EQ(selection.algorithms, all_standard);
  EXPECT_FALSE(selection.kept);
  ASSERT_EQ(selection.reasons.size(), 1u);
  EXPECT_NE(selection.reasons[0].find("standard (this device has no other); the run was begun with "
                                      "the other"),
            std::string::npos)
      << selection.reasons[0];
}

}  // namespace
}  // namespace moneta
