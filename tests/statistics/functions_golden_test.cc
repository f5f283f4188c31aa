// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "base/philox.h"
#include "statistics/bootstrap.h"
#include "statistics/calibration.h"
#include "statistics/dependence.h"
#include "statistics/diebold_mariano.h"
#include "statistics/distributions.h"
#include "statistics/golden_metrics.h"
#include "statistics/shift_test.h"

namespace moneta::statistics {
namespace {

using golden::expect_number;
using golden::numbers;

struct Case {
  Json const& arguments;
  Json const& expected;

  std::vector<double> y() const { return numbers(arguments["y"]); }
  std::vector<double> p() const { return numbers(arguments["p"]); }
  std::size_t count(char const* key) const { return arguments[key].get<std::size_t>(); }
};

void check_philox(Case const& each) {
  auto const number = [&](char const* key) {
    return std::stoull(each.arguments[key].get<std::string>());
  };
  PhiloxWords const words = philox(number("key"), number("high"), number("low"));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(words.word[i], each.expected[i].get<std::uint32_t>());
  }
}

void check_resample(Case const& each) {
  std::size_t const n = each.count("n");
  std::size_t const replicate = each.count("replicate");
  StationaryBootstrap const bootstrap(n, each.count("block"), each.count("seed"), replicate + 1);
  std::vector<std::size_t> rows(n);
  bootstrap.copy_rows(replicate, rows);
  EXPECT_EQ(rows, each.expected.get<std::vector<std::size_t>>());
  std::vector<double> counts(n), expected(n);
  bootstrap.copy_counts(replicate, counts);
  for (std::size_t const row : rows) ++expected[row];
  EXPECT_EQ(counts, expected);
}

void check_hac_mean(Case const& each) {
  MeanEstimate const got = hac_mean(numbers(each.arguments["x"]), each.count("overlap"));
  expect_number(each.expected[0], got.mean, "hac_mean mean");
  expect_number(each.expected[1], got.error, "hac_mean error");
  expect_number(each.expected[2], got.t, "hac_mean t");
}

void check_diebold_mariano(Case const& each) {
  DieboldMariano const got =
      diebold_mariano(each.y(), each.p(), numbers(each.arguments["other"]), each.count("overlap"));
  expect_number(each.expected["gain"], got.gain, "diebold_mariano gain");
  expect_number(each.expected["t"], got.t, "diebold_mariano t");
  expect_number(each.expected["p"], got.p, "diebold_mariano p");
}

/// The targets repeat after 10 rows, so the rotations by 10, 20 and 30 rows have exactly the true
/// correlation. All three count here; the reference loses one of them to rounding.
void check_shift_test(Case const& each) {
  constexpr double rotations = 33;
  expect_number(each.expected, 3 / (1 + rotations), "shift_test of the reference");
  EXPECT_DOUBLE_EQ(*shift_test(each.y(), each.p(), each.count("overlap")), 4 / (1 + rotations));
}

std::map<std::string, std::function<void(Case const&)>> const checks{
    {"philox", check_philox},
    {"resample", check_resample},
    {"dependence",
     [](Case const& each) {
       golden::expect_count(each.expected, dependence_lags(each.count("n"), each.count("overlap")),
                            "dependence");
     }},
    {"point_metrics",
     [](Case const& each) {
       golden::expect_metrics(each.expected, point_metrics(each.y(), each.p()), "point_metrics");
     }},
    {"hac_mean", check_hac_mean},
    {"ic_t",
     [](Case const& each) {
       expect_number(each.expected, correlation_t(each.y(), each.p(), each.count("overlap")),
                     "ic_t");
     }},
    {"t_p_value",
     [](Case const& each) {
       expect_number(each.expected,
                     student_two_sided_p(each.arguments["t"].get<double>(),
                                         each.arguments["freedom"].get<double>()),
                     "t_p_value");
     }},
    {"diebold_mariano", check_diebold_mariano},
    {"calibration",
     [](Case const& each) {
       golden::expect_calibration(each.expected,
                                  calibration(each.y(), each.p(), each.count("overlap")));
     }},
    {"quantile_table",
     [](Case const& each) {
       golden::expect_quantile_table(each.expected,
                                     quantile_table(each.y(), each.p(), each.count("buckets")));
     }},
    {"shift_test", check_shift_test}};

TEST(GoldenFunctions, OfStatisticsGiveTheReferenceNumbers) {
  std::map<std::string, int> seen;
  for (Json const& each : golden::json()["functions"]) {
    auto const name = each["function"].get<std::string>();
    auto const check = checks.find(name);
    if (check == checks.end()) continue;  // of the backtest
    SCOPED_TRACE(each.dump().substr(0, 300));
    check->second({each["arguments"], each["expected"]});
    ++seen[name];
  }
  EXPECT_EQ(seen.size(), checks.size());
}

}  // namespace
}  // namespace moneta::statistics
