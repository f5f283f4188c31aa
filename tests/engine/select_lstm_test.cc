// SPDX-License-Identifier: Apache-2.0
#include "engine/select_lstm.h"

#include <gtest/gtest.h>

#include "backend/cpu/make.h"
#include "engine/model_shape.h"
#include "model/counting_backend.h"

namespace moneta {
namespace {

constexpr auto standard = LstmAlgorithm::standard, persistent = LstmAlgorithm::persistent;
using Shapes = std::vector<LstmShape>;

/// A device whose benchmarks have given results, for the first layer and for the layers above it.
class BenchmarkedBackend : public CountingBackend {
 public:
  BenchmarkedBackend(Backend& inner, bool has_choice, LstmBenchmark const& first,
                     LstmBenchmark const& above)
      : CountingBackend(inner), has_choice_(has_choice), first_(first), above_(above) {}
  Shapes benchmarked;

  std::optional<LstmBenchmark> benchmark_persistent_lstm(LstmShape const& shape,
                                                         KeepWaiting const& keep_waiting) override {
    benchmarked.push_back(shape);
    if (!has_choice_) return {};
    if (!keep_waiting()) return given_up();
    if (benchmarked.size() <= failures) return refused_once();
    return shape.input_gradient ? above_ : first_;
  }
  std::size_t failures = 0;  ///< of the first benchmarks, which succeed later

 private:
  static LstmBenchmark given_up() {
    LstmBenchmark benchmark;
    benchmark.refused = "stopped";
    benchmark.given_up = true;
    return benchmark;
  }
  static LstmBenchmark refused_once() {
    LstmBenchmark benchmark;
    benchmark.refused = "the GPU was in use";
    return benchmark;
  }

  bool has_choice_;
  LstmBenchmark first_, above_;
};

LstmBenchmark const fast{"", 0, true, 2, 1}, slow{"", 0, true, 1, 2},
    refused{"too wide", 0, true, 0, 0};

struct SelectionCase {
  char const* name;
  LstmBenchmark first, above;
  std::optional<LstmAlgorithms> earlier;
  bool others;  ///< whether the other ranks can use the persistent algorithm
  LstmAlgorithmChoice wanted;
  LstmAlgorithms expected;
  bool kept;
  std::size_t benchmarks, reasons;
  friend void PrintTo(SelectionCase const& c, std::ostream* out) { *out << c.name; }
};

ForecasterShape shape_of(std::size_t layers) {
  Config config;
  config.model.layers = layers;
  config.data.timeframes = {{"5m", 5, 144}, {"1m", 1, 240}, {"15m", 15, 96}};
  return forecaster_shape(config, Precision::bf16, 64, ModelUse::training);
}

LstmSelection select(BenchmarkedBackend& backend, SelectionCase const& given,
                     std::size_t layers = 4, bool is_to_stop = false) {
  auto const all_reduce_min = [&](std::uint64_t own) { return given.others ? own : 0; };
  return select_lstm(
      given.wanted, backend, shape_of(layers), given.earlier,
      {[](auto const& work) { work(); }, all_reduce_min, [=] { return !is_to_stop; }});
}

class SelectLstm : public testing::TestWithParam<SelectionCase> {};

TEST_P(SelectLstm, AgreesWithAllRanksAndWithTheEarlierStart) {
  SelectionCase const& given = GetParam();
  auto const cpu = make_cpu_backend(1);
  BenchmarkedBackend backend(*cpu, true, given.first, given.above);
  LstmSelection const selection = select(backend, given);
  EXPECT_EQ(selection.algorithms, given.expected);
  EXPECT_EQ(selection.kept, given.kept);
  EXPECT_EQ(backend.benchmarked.size(), given.benchmarks);
  EXPECT_EQ(selection.reasons.size(), given.reasons);
}

// clang-format off
auto const automatic = LstmAlgorithmChoice::automatic, none = LstmAlgorithmChoice::standard;
LstmAlgorithms const all_standard{}, above_only{standard, persistent}, all_persistent{persistent, persistent};
INSTANTIATE_TEST_SUITE_P(Table, SelectLstm, testing::ValuesIn(std::vector<SelectionCase>{
    {"AllFaster",                fast,    fast,    {},             true,  automatic, all_persistent, true,  2, 2},
    {"FasterAboveTheFirst",      refused, fast,    {},             true,  automatic, above_only,     true,  2, 2},
    {"NoneFaster",               slow,    slow,    {},             true,  automatic, all_standard,   true,  2, 2},
    {"AnotherRankCannot",        fast,    fast,    {},             false, automatic, all_standard,   true,  2, 2},
    {"ConfiguredStandard",       fast,    fast,    {},             true,  none,      all_standard,   true,  0, 0},
    {"StartedStandard",          fast,    fast,    all_standard,   true,  automatic, all_standard,   true,  0, 0},
    {"StartedPersistent",        slow,    slow,    all_persistent, true,  automatic, all_persistent, true,  2, 2},
    {"StartedMixed",             fast,    slow,    above_only,     true,  automatic, above_only,     true,  1, 1},
    {"StartedNoLongerSupported", slow,    refused, all_persistent, true,  automatic, LstmAlgorithms{persistent, standard}, false, 3, 2},
    {"StartedThenConfigured",    fast,    fast,    all_persistent, true,  none,      all_standard,   false, 0, 2},
    {"StartedAnotherRankCannot", fast,    fast,    all_persistent, false, automatic, all_standard,   false, 2, 2},
}), [](auto const& each) { return each.param.name; });
// clang-format on

SelectionCase const fresh{"", fast, refused, {}, true, automatic, {}, true, 0, 0};

TEST(SelectLstm, NamesTheLayersAndTheReasons) {
  auto const cpu = make_cpu_backend(1);
  BenchmarkedBackend backend(*cpu, true, fast, refused);
  std::vector<std::string> const reasons = select(backend, fresh).reasons;
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_TRUE(reasons[0].starts_with(
      "LSTM layer 1 (64 windows, 32 inputs, H 1024, both directions, bf16): persistent"))
      << reasons[0];
  EXPECT_NE(reasons[0].find("2.00"), std::string::npos) << reasons[0];
  EXPECT_TRUE(reasons[1].starts_with(
      "LSTM layers 2 to 4 (64 windows, 2048 inputs, H 1024, both directions, bf16): standard"))
      << reasons[1];
  EXPECT_NE(reasons[1].find(refused.refused), std::string::npos) << reasons[1];
}

TEST(SelectLstm, BenchmarksTheLongestTimeframe) {
  auto const cpu = make_cpu_backend(1);
  BenchmarkedBackend backend(*cpu, true, fast, fast);
  select(backend, fresh);
  ASSERT_EQ(backend.benchmarked.size(), 2u);
  for (LstmShape const& shape : backend.benchmarked) {
    EXPECT_EQ(shape.steps, 240u);
    EXPECT_EQ(shape.batch, 64u);
    EXPECT_TRUE(shape.training);
  }
}

TEST(SelectLstm, OfOneLayerSelectsTheFirstOnly) {
  auto const cpu = make_cpu_backend(1);
  BenchmarkedBackend backend(*cpu, true, fast, fast);
  LstmSelection const selection = select(backend, fresh, 1);
  EXPECT_EQ(selection.algorithms, (LstmAlgorithms{persistent, standard}));
  EXPECT_EQ(selection.reasons.size(), 1u);
}

/// Another process may have used the GPU while the benchmark of a resumed run failed.
TEST(SelectLstm, TriesTwiceToKeepTheAlgorithmOfAResumedRun) {
  auto const cpu = make_cpu_backend(1);
  SelectionCase given = fresh;
  given.earlier = all_persistent;
  for (std::size_t const failures : {1u, 2u}) {
    BenchmarkedBackend backend(*cpu, true, fast, fast);
    backend.failures = failures;
    LstmSelection const selection = select(backend, given, 1);
    EXPECT_EQ(selection.algorithms.first, failures == 1 ? persistent : standard);
    EXPECT_EQ(selection.kept, failures == 1);
    EXPECT_EQ(backend.benchmarked.size(), 2u);
  }
  BenchmarkedBackend backend(*cpu, true, fast, fast);
  backend.failures = 1;
  EXPECT_EQ(select(backend, fresh, 1).algorithms.first, standard) << "a new run tries once";
  EXPECT_EQ(backend.benchmarked.size(), 1u);
}

TEST(SelectLstm, KeepsTheAlgorithmOfAResumedRunThatIsToStop) {
  auto const cpu = make_cpu_backend(1);
  BenchmarkedBackend backend(*cpu, true, fast, fast);
  SelectionCase given = fresh;
  EXPECT_EQ(select(backend, given, 4, true).algorithms, all_standard);
  given.earlier = all_persistent;
  backend.benchmarked.clear();
  LstmSelection const selection = select(backend, given, 4, true);
  EXPECT_EQ(selection.algorithms, all_persistent);
  EXPECT_TRUE(selection.kept);
  EXPECT_EQ(backend.benchmarked.size(), 2u);
}

TEST(SelectLstm, GivesReasonsOnADeviceWithOneAlgorithmOnlyIfTheRunHadAnother) {
  auto const cpu = make_cpu_backend(1);
  BenchmarkedBackend backend(*cpu, false, fast, fast);
  SelectionCase given = fresh;
  LstmSelection selection = select(backend, given);
  EXPECT_EQ(selection.algorithms, all_standard);
  EXPECT_TRUE(selection.reasons.empty());
  EXPECT_TRUE(selection.kept);
  given.earlier = above_only;
  selection = select(backend, given);
  EXPECT_EQ(selection.algorithms, all_standard);
  EXPECT_FALSE(selection.kept);
  ASSERT_EQ(selection.reasons.size(), 1u);
  std::string const& reason = selection.reasons[0];
  EXPECT_NE(reason.find("standard (this device has no other algorithm)"), std::string::npos)
      << reason;
  EXPECT_NE(reason.find("started with the persistent algorithm"), std::string::npos) << reason;
}

}  // namespace
}  // namespace moneta
