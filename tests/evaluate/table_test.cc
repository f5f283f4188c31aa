// SPDX-License-Identifier: Apache-2.0
#include "evaluate/table.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

TEST(EvaluationTable, HasOneLinePerCoinWithItsNumbersOrItsFailure) {
  CoinEvaluation btc;
  btc.coin = "KRW-BTC";
  btc.epoch = 12;
  btc.train_loss = 0.81234;
  btc.valid_loss = 0.91;
  btc.test_loss = 0.9;
  btc.naive_loss = 1;
  btc.metrics = {1440, 0.5, 1, 0.1, 0.5432, 0.25, -0.125};
  btc.dates.test = {1'742'690'400, 1'742'946'300};
  CoinEvaluation eth;
  eth.coin = "KRW-ETH";
  eth.failure = "no shards";
  EXPECT_EQ(evaluation_table({"runs/demo", WhichCheckpoint::best, {btc, eth}}),
            "coin     epoch  train loss  valid loss   test loss      naive       R2   hit rate"
            "      IC  rank IC  samples  tested (UTC)\n"
            "KRW-BTC     12      0.8123      0.9100      0.9000     1.0000   0.1000     54.3 %"
            "   0.250   -0.125     1440  2025-03-23 00:40 to 2025-03-25 23:45\n"
            "KRW-ETH  failed: no shards\n");
}

}  // namespace
}  // namespace moneta
