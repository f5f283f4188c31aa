// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/reading_text.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace moneta {
namespace {

struct ReadingCase {
  char const* name;
  std::string text, expected;
  friend void PrintTo(ReadingCase const& c, std::ostream* out) { *out << c.name; }
};

class ReadingText : public testing::TestWithParam<ReadingCase> {};

TEST_P(ReadingText, HasTheQuantitiesThatAreKnown) {
  EXPECT_EQ(GetParam().text, GetParam().expected);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ReadingText, testing::ValuesIn(std::vector<ReadingCase>{
    {"Gpu",       reading_text({{"temperature_c", 61.6}, {"power_w", 310}, {"power_limit_w", 345},
                                    {"memory_used_bytes", 10'415'295'898}, {"memory_total_bytes", 12'884'901'888},
                                    {"utilisation_percent", 98}}), "62 C 310/345 W 9.7/12.0 GiB 98 %"},
    {"PartOfGpu", reading_text({{"power_w", 310}, {"utilisation_percent", nullptr}, {"name", "RTX"}}), "310 W"},
    {"Host",    reading_text({{"process_bytes", 1'610'612'736}, {"load", 1.62}, {"cores", 16}}), "1.5 GiB load 2/16 cores"},
    {"HealthyGpu",    reading_text({{"memory_used_bytes", 1'073'741'824}, {"process_bytes", 1}, {"sm_clock_mhz", 1740.2},
                                    {"throttle_reasons", {"power_cap", "idle"}}, {"other_processes", 0u}}), "1.0 GiB 1740 MHz"},
    {"ThrottledGpu",   reading_text({{"temperature_c", 93}, {"throttle_reasons", {"thermal", "hw_slowdown"}}, {"other_processes", 2u}}),
                      "93 C (thermal, hw_slowdown, 2 other on it)"},
    {"LostGpu",      reading_text({{"lost", "GPU is lost"}}), "lost"},
    {"OtherTypes",    reading_text({{"throttle_reasons", 7}, {"other_processes", "some"}, {"load", nullptr}}), ""},
    {"Nothing",     reading_text(Json::object()), ""},
    {"Null",   reading_text(Json()), ""},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
