// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <tuple>

#include "base/shape.h"
#include "data/shard.h"

namespace moneta {

/// Three samples of two timeframes: windows of 4 minutes and of 2 bars of 5 minutes.
inline Shard small_shard() {
  std::int64_t const day = 1'735'776'000;  // 2025-01-02
  Shard shard;
  shard.coin = "KRW-BTC";
  shard.month = "2025-01";
  shard.horizon_minutes = 15;
  shard.source_digest = "0123";
  for (auto const& [name, minutes, steps, rows] :
       {std::tuple{"1m", std::int64_t{1}, std::size_t{4}, std::size_t{25}},
        std::tuple{"5m", std::int64_t{5}, std::size_t{2}, std::size_t{5}}}) {
    ShardTimeframe frame{name, minutes, steps, {}, {}, {}, {}};
    for (std::size_t r = 0; r < rows; ++r) {
      frame.time_s.push_back(day + static_cast<std::int64_t>(r) * minutes * 60);
      frame.filled.push_back(r % 7 == 3);
      for (std::size_t f = 0; f < feature_count; ++f)
        frame.features.push_back(static_cast<float>(r) + static_cast<float>(f) / 32);
    }
    for (std::int64_t const minute : {10, 15, 22}) frame.ends.push_back(minute / minutes - 1);
    shard.timeframes.push_back(frame);
  }
  for (std::int64_t const minute : {10, 15, 22}) shard.time_s.push_back(day + minute * 60);
  shard.close = {100, 146259001, 102.0000001};  // float32 would round them
  shard.target = {0.01f, -0.02f, 0.0f};
  return shard;
}

inline void expect_same(Shard const& read, Shard const& written) {
  EXPECT_EQ(read.coin, written.coin);
  EXPECT_EQ(read.month, written.month);
  EXPECT_EQ(read.horizon_minutes, written.horizon_minutes);
  EXPECT_EQ(read.source_digest, written.source_digest);
  EXPECT_EQ(read.time_s, written.time_s);
  EXPECT_EQ(read.close, written.close);
  EXPECT_EQ(read.target, written.target);
  ASSERT_EQ(read.timeframes.size(), written.timeframes.size());
  for (std::size_t k = 0; k < read.timeframes.size(); ++k) {
    EXPECT_EQ(read.timeframes[k].name, written.timeframes[k].name);
    EXPECT_EQ(read.timeframes[k].minutes, written.timeframes[k].minutes);
    EXPECT_EQ(read.timeframes[k].steps, written.timeframes[k].steps);
  }
}

inline void expect_same_rows(Shard const& read, Shard const& written) {
  for (std::size_t k = 0; k < read.timeframes.size(); ++k) {
    EXPECT_EQ(read.timeframes[k].time_s, written.timeframes[k].time_s);
    EXPECT_EQ(read.timeframes[k].features, written.timeframes[k].features);
    EXPECT_EQ(read.timeframes[k].filled, written.timeframes[k].filled);
    EXPECT_EQ(read.timeframes[k].ends, written.timeframes[k].ends);
  }
}

}  // namespace moneta
