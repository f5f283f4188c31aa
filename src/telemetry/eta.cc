// SPDX-License-Identifier: Apache-2.0
#include "telemetry/eta.h"

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

namespace moneta {
namespace {

/// 0 if the pace of no coin is known.
double mean_epoch_seconds(std::span<CoinPace const> coins) {
  double sum = 0;
  double count = 0;
  for (CoinPace const& coin : coins) {
    if (coin.epoch_seconds <= 0) continue;
    sum += coin.epoch_seconds;
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

}  // namespace

std::optional<double> remaining_seconds(std::span<CoinPace const> coins) {
  double const mean = mean_epoch_seconds(coins);
  std::map<std::size_t, double> load;  // seconds of work by rank
  std::vector<double> unassigned;
  bool work_left = false;
  for (CoinPace const& coin : coins) {
    double const pace = coin.epoch_seconds > 0 ? coin.epoch_seconds : mean;
    double const seconds = std::max(0.0, coin.epochs_left) * pace;
    work_left = work_left || coin.epochs_left > 0;
    if (coin.rank) {
      load[*coin.rank] += seconds;
    } else {
      unassigned.push_back(seconds);
    }
  }
  if (!work_left) return 0;
  if (mean <= 0) return std::nullopt;
  if (load.empty()) load[0] = 0;
  auto const less = [](auto const& a, auto const& b) { return a.second < b.second; };
  std::sort(unassigned.begin(), unassigned.end(), std::greater<>());
  for (double const seconds : unassigned) {
    std::min_element(load.begin(), load.end(), less)->second += seconds;
  }
  return std::max_element(load.begin(), load.end(), less)->second;
}

}  // namespace moneta
