// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/nvml.h"

#include <gtest/gtest.h>

#include "telemetry/monitor/with_fake_nvml.h"

namespace moneta {
namespace {

constexpr unsigned other_pid = 999'999'999;  // no process of any machine

std::unique_ptr<NvmlCard> card_of(WithFakeNvml const& fake) {
  NvmlCard::Found found = NvmlCard::find(FakeNvml::uuid, fake.library());
  EXPECT_EQ(found.why_none, "");
  return std::move(found.card);
}

struct LibraryCase {
  char const* name;
  char const* path;

  friend void PrintTo(LibraryCase const& c, std::ostream* out) { *out << c.name; }
};
class NvmlLibrary : public testing::TestWithParam<LibraryCase> {};

TEST_P(NvmlLibrary, ProvidesAllReadings) {
  WithFakeNvml fake(GetParam().path);
  fake.add_process(other_pid, 1 * gib);
  fake->reason_bits = 0x24;
  auto const card = card_of(fake);
  ASSERT_TRUE(card);
  EXPECT_EQ(to_json(card->read()).dump(),
            R"({"memory_used_bytes":12884901888,"memory_total_bytes":25769803776,)"
            R"("process_bytes":11811160064,"temperature_c":60.0,"slowdown_c":93.0,)"
            R"("power_w":330.25,"power_limit_w":345.0,"utilisation_percent":98.0,)"
            R"("memory_utilisation_percent":55.0,"sm_clock_mhz":1695.0,)"
            R"("throttle_reasons":["power_cap","thermal"],"other_processes":1,)"
            R"("other_bytes":1073741824})");
}

INSTANTIATE_TEST_SUITE_P(Names, NvmlLibrary,
                         testing::Values(LibraryCase{"Usual", MONETA_FAKE_NVML},
                                         LibraryCase{"Other", MONETA_FAKE_NVML_OTHER}),
                         [](auto const& each) { return each.param.name; });

TEST(NvmlCardFind, AcceptsAUuidWithAndWithoutItsPrefix) {
  WithFakeNvml fake;
  for (std::string const uuid :
       {"GPU-01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"}) {
    EXPECT_TRUE(NvmlCard::find(uuid, fake.library()).card) << uuid;
  }
}

TEST(NvmlCardFind, ShutsNvmlDownAsOftenAsItInitializesIt) {
  WithFakeNvml fake;
  {
    auto const card = card_of(fake);
    EXPECT_EQ(fake->users, 1);
  }
  EXPECT_EQ(fake->users, 0);
  EXPECT_FALSE(NvmlCard::find("GPU-none", fake.library()).card);
  EXPECT_EQ(fake->users, 0);
}

TEST(NvmlCardFind, ReturnsTheReasonIfThereIsNoCard) {
  WithFakeNvml fake;
  EXPECT_EQ(NvmlCard::find("GPU-none", fake.library()).why_none,
            "no NVML (no GPU with the UUID 'GPU-none': Not Found)");
  fake->init = 9;
  NvmlCard::Found const found = NvmlCard::find(FakeNvml::uuid, fake.library());
  EXPECT_FALSE(found.card);
  EXPECT_EQ(found.why_none, "no NVML (initialization failed: Driver Not Loaded)");
  EXPECT_EQ(fake->users, 0);
  EXPECT_EQ(NvmlCard::find(FakeNvml::uuid, "libmoneta-no-such.so").why_none,
            "no NVML (libmoneta-no-such.so: cannot open shared object file: No such file or "
            "directory)");
  EXPECT_EQ(NvmlCard::find(FakeNvml::uuid, "libc.so.6").why_none,
            "no NVML ('libc.so.6' does not have the functions of NVML)");
}

struct UnsupportedCase {
  char const* name;
  int FakeNvml::*reading;
  std::vector<char const*> keys;

  friend void PrintTo(UnsupportedCase const& c, std::ostream* out) { *out << c.name; }
};
class NvmlUnsupported : public testing::TestWithParam<UnsupportedCase> {};

TEST_P(NvmlUnsupported, LeavesOnlyThatReadingEmpty) {
  WithFakeNvml fake;
  auto const card = card_of(fake);
  Json const all = to_json(card->read());
  for (int const status : {FakeNvml::unsupported, FakeNvml::unknown_error}) {
    (*fake.operator->()).*GetParam().reading = status;
    Json expected = all;
    for (char const* const key : GetParam().keys) {
      ASSERT_TRUE(expected.contains(key));
      expected.erase(key);
    }
    EXPECT_EQ(to_json(card->read()).dump(), expected.dump());
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, NvmlUnsupported, testing::ValuesIn(std::vector<UnsupportedCase>{
    {"Memory",      &FakeNvml::memory,       {"memory_used_bytes", "memory_total_bytes"}},
    {"Temperature", &FakeNvml::temperature,  {"temperature_c"}},
    {"Threshold",   &FakeNvml::threshold,    {"slowdown_c"}},
    {"Power",       &FakeNvml::power,        {"power_w"}},
    {"PowerLimit",  &FakeNvml::power_limit,  {"power_limit_w"}},
    {"Utilisation", &FakeNvml::utilisation,  {"utilisation_percent", "memory_utilisation_percent"}},
    {"Clock",       &FakeNvml::clock,        {"sm_clock_mhz"}},
    {"Reasons",     &FakeNvml::reasons,      {"throttle_reasons"}},
    {"Processes",   &FakeNvml::process_list, {"process_bytes", "other_processes", "other_bytes"}},
}), [](auto const& each) { return each.param.name; });
// clang-format on

/// Only the second version of the call excludes what the driver reserves.
TEST(NvmlMemory, ExcludesWhatTheDriverReserves) {
  WithFakeNvml fake;
  auto const card = card_of(fake);
  fake->memory_reserved = 480ULL << 20;
  EXPECT_EQ(card->read().memory_used_bytes, 12 * gib);
  EXPECT_EQ(card->read().memory_total_bytes, 24 * gib);
}

TEST(NvmlMemory, IsReadWithTheFirstVersionOfTheCallIfTheDriverHasNoOther) {
  constexpr std::uint64_t reserved = 480ULL << 20;
  WithFakeNvml old(MONETA_FAKE_NVML_OTHER);
  old->memory_reserved = reserved;
  EXPECT_EQ(card_of(old)->read().memory_used_bytes, 12 * gib + reserved);
  WithFakeNvml fake;
  fake->memory_reserved = reserved;
  for (int const refusal : {FakeNvml::unsupported, FakeNvml::unknown_error, 25}) {
    fake->memory_v2 = refusal;
    GpuReading const reading = card_of(fake)->read();
    EXPECT_EQ(reading.memory_used_bytes, 12 * gib + reserved) << refusal;
    EXPECT_FALSE(reading.lost) << refusal;
  }
}

TEST(NvmlCardRead, DoesNotReportACardWithoutSupportedReadingsAsLost) {
  WithFakeNvml fake;
  auto const card = card_of(fake);
  fake->every_reading = FakeNvml::unsupported;
  EXPECT_EQ(to_json(card->read()).dump(), "{}");
}

TEST(NvmlCardRead, ReportsACardAsLostUntilItRespondsAgain) {
  WithFakeNvml fake;
  auto const card = card_of(fake);
  fake->every_reading = FakeNvml::unknown_error;
  EXPECT_EQ(to_json(card->read()).dump(), "{}");  // it has never responded
  fake->every_reading = FakeNvml::supported;
  EXPECT_FALSE(card->read().lost);
  fake->every_reading = FakeNvml::unknown_error;
  EXPECT_EQ(to_json(card->read()).dump(), R"({"lost":"Unknown Error"})");
  fake->every_reading = FakeNvml::supported;
  EXPECT_FALSE(card->read().lost);
  fake->clock = FakeNvml::lost;  // one such reading is enough
  EXPECT_EQ(to_json(card->read()).dump(), R"({"lost":"GPU is lost"})");
}

TEST(NvmlCardRead, NamesThrottleReasons) {
  WithFakeNvml fake;
  auto const card = card_of(fake);
  EXPECT_EQ(card->read().throttle_reasons, std::vector<std::string>());
  fake->reason_bits = 0x1FF;
  EXPECT_EQ(card->read().throttle_reasons,
            (std::vector<std::string>{"idle", "applications_clocks", "power_cap", "hw_slowdown",
                                      "sync_boost", "thermal", "hw_thermal", "hw_power_brake",
                                      "display_clocks"}));
  fake->reason_bits = 0x4004;
  EXPECT_EQ(card->read().throttle_reasons, (std::vector<std::string>{"power_cap", "other"}));
}

/// Depending on the driver, the same function writes entries of 16, 24 or 32 bytes.
TEST(NvmlProcesses, AreReadFromEntriesOfEverySize) {
  for (std::size_t const size : {16u, 24u, 32u}) {
    for (unsigned const others : {0u, 1u, 3u, 70u, 290u}) {
      WithFakeNvml fake;
      fake->process_size = size;
      for (unsigned i = 0; i < others; ++i) fake.add_process(other_pid + i, 2 * gib);
      GpuReading const reading = card_of(fake)->read();
      EXPECT_EQ(reading.process_bytes, 11 * gib) << size << ' ' << others;
      EXPECT_EQ(reading.other_processes, others) << size << ' ' << others;
      EXPECT_EQ(reading.other_bytes, others * 2 * gib) << size << ' ' << others;
    }
  }
}

TEST(NvmlProcesses, IncludeThisOneAlthoughItsPidDiffersInAContainer) {
  WithFakeNvml fake;
  auto const card = card_of(fake);
  fake->processes[0].pid = other_pid;
  GpuReading reading = card->read();
  EXPECT_EQ(reading.process_bytes, std::nullopt);
  EXPECT_EQ(reading.other_processes, 0u);
  EXPECT_EQ(reading.other_bytes, 0u);
  fake.add_process(other_pid + 1, gib);
  reading = card->read();
  EXPECT_EQ(reading.other_processes, 1u);
  EXPECT_EQ(reading.other_bytes, std::nullopt);
  fake->process_count = 0;
  EXPECT_EQ(card->read().other_processes, 0u);
}

TEST(NvmlProcesses, MayHaveUnknownMemory) {
  WithFakeNvml fake;
  fake.add_process(other_pid, ~0ULL);
  fake.add_process(other_pid + 1, gib);
  fake->processes[0].bytes = ~0ULL;
  GpuReading const reading = card_of(fake)->read();
  EXPECT_EQ(reading.process_bytes, std::nullopt);
  EXPECT_EQ(reading.other_processes, 2u);
  EXPECT_EQ(reading.other_bytes, std::nullopt);
}

}  // namespace
}  // namespace moneta
