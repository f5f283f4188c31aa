// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "telemetry/display/render_progress.h"

namespace moneta {
namespace {

struct TextCase {
  char const* name;
  std::string text, expected;
};

class Texts : public testing::TestWithParam<TextCase> {};

TEST_P(Texts, ReadWell) { EXPECT_EQ(GetParam().text, GetParam().expected); }

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Texts, testing::ValuesIn(std::vector<TextCase>{
    {"Loss",          loss_text(0.81234), "0.8123"},
    {"LargeLoss",     loss_text(123456), "1.23e+05"},
    {"NoLoss",        loss_text(std::numeric_limits<double>::quiet_NaN()), "-"},
    {"SmallCount",    count_text(999), "999"},
    {"Count",         count_text(1234567), "1,234,567"},
    {"NegativeCount", count_text(-123456), "-123,456"},
    {"NoCount",       count_text(std::numeric_limits<double>::infinity()), "0"},
    {"EmptyBar",      bar(0, 4, true), "    "},
    {"BarInEighths",  bar(0.40625, 4, true), "█▋  "},
    {"FullBar",       bar(1, 4, true), "████"},
    {"BarBeyondFull", bar(7, 4, true), "████"},
    {"AsciiBar",      bar(0.5, 4, false), "##.."},
    {"CutCharacters", cut("aµ한b", 3), "aµ한"},
    {"CutNothing",    cut("aµ", 3), "aµ"},
    {"Reading",       reading_text({{"temperature_c", 61.6}, {"power_w", 310}, {"power_limit_w", 345},
                                    {"memory_used_bytes", 10'415'295'898}, {"memory_total_bytes", 12'884'901'888},
                                    {"utilisation_percent", 98}}), "62 C 310/345 W 9.7/12.0 GiB 98 %"},
    {"PartOfReading", reading_text({{"power_w", 310}, {"utilisation_percent", nullptr}, {"name", "RTX"}}), "310 W"},
    {"CpuReading",    reading_text({{"process_bytes", 1'610'612'736}, {"load", 1.62}, {"cores", 16}}), "1.5 GiB load 2/16 cores"},
    {"SoundCard",     reading_text({{"memory_used_bytes", 1'073'741'824}, {"process_bytes", 1}, {"sm_clock_mhz", 1740.2},
                                    {"throttle_reasons", {"power_cap", "idle"}}, {"other_processes", 0u}}), "1.0 GiB 1740 MHz"},
    {"SlowedCard",    reading_text({{"temperature_c", 93}, {"throttle_reasons", {"thermal", "hw_slowdown"}}, {"other_processes", 2u}}),
                      "93 C (thermal, hw_slowdown, 2 other on it)"},
    {"LostCard",      reading_text({{"lost", "GPU is lost"}}), "lost"},
    {"OddReading",    reading_text({{"throttle_reasons", 7}, {"other_processes", "some"}, {"load", nullptr}}), ""},
    {"NoReading",     reading_text(Json::object()), ""},
    {"NullReading",   reading_text(Json()), ""},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
