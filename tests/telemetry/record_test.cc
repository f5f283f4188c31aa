// SPDX-License-Identifier: Apache-2.0
#include "telemetry/record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>

#include "base/error.h"

namespace moneta {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

EpochRecord epoch_record() {
  EpochRecord record;
  record.coin = "KRW-BTC";
  record.rank = 1;
  record.epoch = 3;
  record.epochs = 200;
  record.finished = true;
  record.update = 1234;
  record.train_loss = 0.75;
  record.valid_loss = 0.1 + 0.2;
  record.best_valid_loss = 1.0 / 3;
  record.best_epoch = 2;
  record.learning_rate = 5e-4;
  record.gradient_norm_mean = 0.5;
  record.gradient_norm_max = 2.5;
  record.skipped_updates = 1;
  record.train_seconds = 12.5;
  record.valid_seconds = 1.5;
  record.sequences_per_second = 1234.5;
  record.wait_seconds = 0.25;
  record.host_memory_bytes = 5'000'000'000;
  record.device = {{"temperature_max_c", 61}};
  return record;
}

TEST(EpochRecordJson, RoundTripsEveryMember) {
  Json const json = to_json(epoch_record());
  Json const again = to_json(epoch_record_from(Json::parse(json.dump())));
  EXPECT_EQ(again.dump(), json.dump());
  EXPECT_EQ(json.size(), 20u);
  EXPECT_EQ(json["valid_loss"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(json["host_memory_bytes"], 5'000'000'000);
  EXPECT_EQ(json["device"]["temperature_max_c"], 61);
}

TEST(EpochRecordJson, MayLackTheDevice) {
  Json json = to_json(epoch_record());
  json.erase("device");
  EXPECT_EQ(epoch_record_from(json).device.dump(), "{}");
  EXPECT_EQ(to_json(EpochRecord()).at("device").dump(), "{}");
}

TEST(EpochRecordJson, WritesNonFiniteNumbersAsNull) {
  EpochRecord record = epoch_record();
  record.train_loss = nan;
  record.valid_loss = std::numeric_limits<double>::infinity();
  Json const json = to_json(record);
  EXPECT_TRUE(json["train_loss"].is_null());
  EXPECT_TRUE(json["valid_loss"].is_null());
  EXPECT_TRUE(std::isnan(epoch_record_from(json).train_loss));
}

TEST(EventRecordJson, RoundTripsEveryMember) {
  for (Severity const severity : {Severity::info, Severity::warning, Severity::error}) {
    EventRecord const record{.severity = severity,
                             .event = Event::model_saved,
                             .message = "saved a.safetensors",
                             .coin = "KRW-BTC",
                             .rank = 2,
                             .details = {{"bytes", 12}}};
    EventRecord const again = event_record_from(Json::parse(to_json(record).dump()));
    EXPECT_EQ(again.severity, severity);
    EXPECT_EQ(again.event, record.event);
    EXPECT_EQ(again.message, record.message);
    EXPECT_EQ(again.coin, record.coin);
    EXPECT_EQ(again.rank, record.rank);
    EXPECT_EQ(again.details, record.details);
  }
}

TEST(ProgressTickJson, RoundTripsEveryMember) {
  ProgressTick const again = progress_tick_from(
      Json::parse(to_json(ProgressTick{"KRW-BTC", 2, 7, 0.25, nan, 1000}).dump()));
  EXPECT_EQ(again.coin, "KRW-BTC");
  EXPECT_EQ(again.rank, 2u);
  EXPECT_EQ(again.epoch, 7);
  EXPECT_EQ(again.fraction, 0.25);
  EXPECT_TRUE(std::isnan(again.train_loss));
  EXPECT_EQ(again.sequences_per_second, 1000);
}

TEST(DeviceSampleJson, RoundTripsEveryMember) {
  DeviceSample const again =
      device_sample_from(Json::parse(to_json(DeviceSample{2, {{"temperature_c", 61}}}).dump()));
  EXPECT_EQ(again.rank, 2u);
  EXPECT_EQ(again.reading, (Json{{"temperature_c", 61}}));
}

TEST(EventRecordOnTerminal, IsEveryWarningAndErrorAndTheMarkedEvents) {
  EXPECT_TRUE(is_on_terminal({.severity = Severity::warning, .event = Event::model_saved}));
  EXPECT_TRUE(is_on_terminal({.severity = Severity::info, .event = Event::early_stop}));
  EXPECT_FALSE(is_on_terminal({.severity = Severity::info, .event = Event::model_saved}));
}

struct InvalidCase {
  char const* name;
  char const* starts;
  void (*read)();
  friend void PrintTo(InvalidCase const& c, std::ostream* out) { *out << c.name; }
};

class InvalidRecordJson : public testing::TestWithParam<InvalidCase> {};

TEST_P(InvalidRecordJson, ThrowsWithTheNameOfTheRecord) {
  try {
    GetParam().read();
    FAIL() << "no error";
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::internal);
    EXPECT_TRUE(std::string(error.what()).starts_with(GetParam().starts)) << error.what();
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, InvalidRecordJson, testing::Values(
    InvalidCase{"Epoch", "not an epoch record (",
                [] { epoch_record_from({{"coin", "KRW-BTC"}}); }},
    InvalidCase{"EpochOfWrongType", "not an epoch record (",
                [] { Json json = to_json(epoch_record()); json["epoch"] = "three";
                     epoch_record_from(json); }},
    InvalidCase{"Event", "not an event record (",
                [] { event_record_from(Json::array()); }},
    InvalidCase{"Severity",
                "not an event record (there is no severity 'loud')",
                [] { Json json = to_json(EventRecord{}); json["severity"] = "loud";
                     event_record_from(json); }},
    InvalidCase{"UnknownEvent", "not an event record (there is no event 'gossip')",
                [] { Json json = to_json(EventRecord{}); json["action"] = "gossip";
                     event_record_from(json); }},
    InvalidCase{"DeviceSample", "not a device sample (",
                [] { device_sample_from(Json::object()); }},
    InvalidCase{"Tick", "not a progress tick (",
                [] { progress_tick_from({{"coin", 3}}); }}),
    [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
