// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include "evaluate/evaluate.h"

namespace moneta {
namespace {

template <class... Values>
std::string printed(char const* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

}  // namespace

std::string evaluation_table(Evaluation const& evaluation) {
  std::size_t width = 4;
  for (CoinEvaluation const& coin : evaluation.coins) width = std::max(width, coin.coin.size());
  auto const name = static_cast<int>(width);
  std::string text = printed("%-*s  %5s  %10s  %10s  %10s  %9s  %7s  %9s  %6s  %7s  %7s\n", name,
                             "coin", "epoch", "train loss", "valid loss", "test loss", "no change",
                             "R2", "direction", "IC", "rank IC", "samples");
  for (CoinEvaluation const& coin : evaluation.coins) {
    if (!coin.failure.empty()) {
      text += printed("%-*s  ", name, coin.coin.c_str()) + "failed: " + coin.failure + "\n";
      continue;
    }
    Metrics const& metrics = coin.metrics;
    text += printed(
        "%-*s  %5lld  %10.4f  %10.4f  %10.4f  %9.4f  %7.4f  %7.1f %%  %6.3f  %7.3f"
        "  %7zu\n",
        name, coin.coin.c_str(), static_cast<long long>(coin.epoch), coin.train_loss,
        coin.valid_loss, coin.test_loss, coin.no_change_loss, metrics.r2, 100 * metrics.direction,
        metrics.ic, metrics.rank_ic, metrics.samples);
  }
  return text;
}

}  // namespace moneta
