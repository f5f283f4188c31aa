// SPDX-License-Identifier: Apache-2.0
#include "coord/rank_message.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace moneta {
namespace {

template <class T>
T there_and_back(T const& content) {
  return std::get<T>(rank_message_from(to_text(content)));
}

TEST(RankMessage, RoundTripsASavedCheckpoint) {
  SavedCheckpoint saved{"KRW-BTC", "KRW-BTC/000003-000000.safetensors",
                        "ab12",    1u << 20,
                        3,         0,
                        123,       0.1234567890123456,
                        true,      64,
                        "bf16"};
  EXPECT_EQ(there_and_back(saved), saved);
}

TEST(RankMessage, RoundTripsAnEpochRecordExactly) {
  EpochRecord record;
  record.coin = "KRW-ETH";
  record.epoch = 4;
  record.train_loss = 1.0 / 3;
  record.finished = true;
  auto const back = there_and_back(record);
  EXPECT_EQ(back.coin, "KRW-ETH");
  EXPECT_EQ(back.epoch, 4);
  EXPECT_EQ(back.train_loss, 1.0 / 3);
  EXPECT_TRUE(back.finished);
}

TEST(RankMessage, TransportsEventsWithInvalidUtf8) {
  EventRecord const event{.severity = Severity::error,
                          .event = Event::coin_failed,
                          .message = "cannot read 'a\xff'",
                          .coin = "KRW-SOL",
                          .rank = 3};
  auto const back = there_and_back(event);
  EXPECT_EQ(back.event, Event::coin_failed);
  EXPECT_EQ(back.severity, Severity::error);
  EXPECT_EQ(back.rank, 3u);
  EXPECT_NE(back.message.find("cannot read 'a"), std::string::npos);
}

TEST(RankMessage, RoundTripsTheExitStatusOfARank) {
  EXPECT_EQ(there_and_back(RankFinished{75}).exit_status, 75);
}

TEST(RankMessage, RoundTripsTheStageOfARank) {
  EXPECT_EQ(there_and_back(RankStage{"opens its device"}).stage, "opens its device");
}

TEST(RankMessage, RoundTripsProgressTicksAndDeviceSamples) {
  EXPECT_EQ(there_and_back(ProgressTick{"KRW-BTC", 2, 7, 0.25, 0.5, 1000}).epoch, 7);
  EXPECT_EQ(there_and_back(DeviceSample{1, {{"power_w", 300}}}).reading, (Json{{"power_w", 300}}));
}

TEST(RankMessage, RoundTripsTheDatesOfACoin) {
  SplitRecord const record{"KRW-BTC", 2, {{0, 60}, {120, 180}, {240, 1'742'946'300}}};
  SplitRecord const back = there_and_back(record);
  EXPECT_EQ(back.coin, "KRW-BTC");
  EXPECT_EQ(back.rank, 2u);
  EXPECT_EQ(back.dates, record.dates);
}

TEST(RankMessage, ThrowsForInvalidText) {
  for (char const* const text :
       {"", "{}", R"({"kind":"gossip","content":{}})", R"({"kind":"event","content":{}})"}) {
    try {
      rank_message_from(text);
      ADD_FAILURE() << text;
    } catch (Error const& error) {
      EXPECT_EQ(error.kind(), ErrorKind::internal) << text;
    }
  }
}

}  // namespace
}  // namespace moneta
