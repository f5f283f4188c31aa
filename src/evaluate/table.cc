// SPDX-License-Identifier: Apache-2.0
#include "evaluate/table.h"

#include <fmt/core.h>

#include <algorithm>

namespace moneta {

std::string evaluation_table(Evaluation const& evaluation) {
  std::size_t width = 4;
  for (CoinEvaluation const& coin : evaluation.coins) width = std::max(width, coin.coin.size());
  std::string text = fmt::format(
      "{:<{}}  {:>5}  {:>10}  {:>10}  {:>10}  {:>9}  {:>7}  {:>9}  {:>6}  {:>7}  {:>7}  {}\n",
      "coin", width, "epoch", "train loss", "valid loss", "test loss", "naive", "R2", "hit rate",
      "IC", "rank IC", "samples", "tested (UTC)");
  for (CoinEvaluation const& coin : evaluation.coins) {
    if (!coin.failure.empty()) {
      text += fmt::format("{:<{}}  failed: {}\n", coin.coin, width, coin.failure);
      continue;
    }
    Metrics const& metrics = coin.metrics;
    text += fmt::format(
        "{:<{}}  {:>5}  {:>10.4f}  {:>10.4f}  {:>10.4f}  {:>9.4f}  {:>7.4f}  {:>7.1f} %  {:>6.3f}  "
        "{:>7.3f}  {:>7}  {}\n",
        coin.coin, width, coin.epoch, coin.train_loss, coin.valid_loss, coin.test_loss,
        coin.naive_loss, metrics.r2, 100 * metrics.hit_rate, metrics.ic, metrics.rank_ic,
        metrics.samples, to_text(coin.dates.test));
  }
  return text;
}

}  // namespace moneta
