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

TEST(RankMessage, KeepsEveryFieldOfASavedCheckpoint) {
  SavedCheckpoint saved{"KRW-BTC", "KRW-BTC/000003-000000.safetensors",
                        "ab12",    1u << 20,
                        3,         0,
                        123,       0.1234567890123456,
                        true,      64,
                        "bf16"};
  EXPECT_EQ(there_and_back(saved), saved);
}

TEST(RankMessage, KeepsAnEpochsNumbersExactly) {
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

TEST(RankMessage, KeepsEventsEvenWithBytesThatAreNotUtf8) {
  EventRecord event{Severity::error, "coin_failed", "cannot read 'a\xff'", "KRW-SOL", 3, {}};
  auto const back = there_and_back(event);
  EXPECT_EQ(back.action, "coin_failed");
  EXPECT_EQ(back.severity, Severity::error);
  EXPECT_EQ(back.rank, 3u);
  EXPECT_NE(back.message.find("cannot read 'a"), std::string::npos);
}

TEST(RankMessage, KeepsTheExitStatusOfARank) {
  EXPECT_EQ(there_and_back(RankFinished{75}).exit_status, 75);
}

TEST(RankMessage, RefusesAKindItDoesNotKnow) {
  EXPECT_THROW(rank_message_from(R"({"kind":"gossip","content":{}})"), Error);
}

}  // namespace
}  // namespace moneta
