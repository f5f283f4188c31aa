// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "telemetry/display/progress.h"
#include "telemetry/fed_sink.h"

namespace moneta {

inline std::vector<std::string> const eight = {"KRW-BTC", "KRW-ETH",  "KRW-XRP", "KRW-SOL",
                                               "KRW-ADA", "KRW-DOGE", "KRW-DOT", "KRW-AVAX"};

inline EpochRecord epoch(std::string const& coin, std::int64_t number, std::int64_t epochs = 200) {
  EpochRecord record;
  record.coin = coin;
  record.epoch = number;
  record.epochs = epochs;
  record.train_loss = 0.8123;
  record.valid_loss = 0.8543;
  record.best_valid_loss = 0.8543;
  record.best_epoch = number;
  record.train_seconds = 11;
  record.valid_seconds = 1;
  record.sequences_per_second = 1234.4;
  return record;
}

/// Feeds the beginning of a run of eight coins.
inline void feed(FedSink<Progress>& progress, double& now_s) {
  for (std::string const& coin : eight) {
    for (int i = 1; i <= 4; ++i) {
      now_s += 1;
      progress.on(ProgressTick{coin, 0, 1, i * 0.25, 0.9, 1200});
    }
    progress.on(epoch(coin, 1));
  }
  now_s += 1;
  progress.on(ProgressTick{"KRW-BTC", 0, 2, 0.5, 0.8, 1250});
}

/// A Progress with its view, on the clock `now_s`.
inline FedSink<Progress> fed_progress(std::FILE* out, std::vector<std::string> const& coins,
                                      std::int64_t epochs, ProgressStyle style,
                                      double const& now_s) {
  auto const clock_s = [&now_s] { return now_s; };
  return FedSink<Progress>(coins, epochs, clock_s, [&](RunView const& view) {
    return Progress(out, view, style, clock_s);
  });
}

/// The reading of a GPU at full load.
inline Json reading(int temperature_c) {
  return {{"temperature_c", temperature_c},
          {"power_w", 310.4},
          {"power_limit_w", 345},
          {"utilisation_percent", 98}};
}

}  // namespace moneta
