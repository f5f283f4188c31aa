// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/not_finite.h"

#include <gtest/gtest.h>

#include <limits>

namespace moneta {
namespace {

EpochRecord epoch_of(std::string const& coin, std::int64_t number, double valid_loss) {
  EpochRecord record;
  record.coin = coin;
  record.rank = 2;
  record.epoch = number;
  record.valid_loss = valid_loss;
  return record;
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(NotFiniteRule, ReportsOncePerCoinAndEpoch) {
  NotFiniteRule rule;
  EXPECT_FALSE(rule.event_for(epoch_of("A", 1, 0.5)));
  EXPECT_TRUE(rule.event_for(epoch_of("A", 1, nan)));
  EXPECT_FALSE(rule.event_for(epoch_of("A", 1, nan)));
  EXPECT_TRUE(rule.event_for(epoch_of("B", 1, nan)));
  EXPECT_TRUE(rule.event_for(epoch_of("A", 2, nan)));
  EXPECT_FALSE(rule.event_for(epoch_of("A", 2, nan)));
}

TEST(NotFiniteRule, NamesTheNumbers) {
  EpochRecord record = epoch_of("A", 7, nan);
  record.gradient_norm_max = std::numeric_limits<double>::infinity();
  record.train_seconds = nan;  // not one of the numbers that are checked
  auto const event = NotFiniteRule().event_for(record);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->severity, Severity::warning);
  EXPECT_EQ(event->event, Event::not_finite);
  for (char const* const part : {"epoch 7", "valid_loss (nan), gradient_norm_max (inf)"}) {
    EXPECT_NE(event->message.find(part), std::string::npos) << event->message;
  }
  EXPECT_EQ(event->coin, "A");
  EXPECT_EQ(event->rank, 2u);
  EXPECT_EQ(event->details.dump(), R"({"epoch":7,"numbers":["valid_loss","gradient_norm_max"]})");
}

}  // namespace
}  // namespace moneta
