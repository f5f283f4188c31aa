// SPDX-License-Identifier: Apache-2.0
#include "telemetry/run_view.h"

#include <algorithm>
#include <utility>

#include "telemetry/eta.h"

namespace moneta {

RunView::RunView(std::vector<std::string> const& coins, std::int64_t epochs, double now_s)
    : epochs_(epochs),
      start_s_(now_s),
      coins_(coins.size()),
      first_ticks_(coins.size()),
      measured_(coins.size()) {
  for (std::size_t i = 0; i < coins.size(); ++i) coins_[i].name = coins[i];
}

RunView RunView::from_coins(std::vector<CoinView> coins, std::int64_t epochs, double start_s) {
  RunView view(std::vector<std::string>(coins.size()), epochs, start_s);
  view.coins_ = std::move(coins);
  return view;
}

CoinView* RunView::find(std::string const& name) {
  auto const found = std::find_if(coins_.begin(), coins_.end(),
                                  [&](CoinView const& coin) { return coin.name == name; });
  return found == coins_.end() ? nullptr : &*found;
}

/// A rank trains one coin at a time.
void RunView::pause_others(std::size_t rank, CoinView const& running) {
  for (CoinView& coin : coins_) {
    if (&coin != &running && coin.rank == rank && coin.phase == CoinPhase::running) {
      coin.phase = CoinPhase::waiting;
    }
  }
}

void RunView::take(EpochRecord const& record) {
  CoinView* const coin = find(record.coin);
  if (coin == nullptr) return;
  coin->rank = record.rank;
  coin->epochs_done = record.epoch;
  coin->fraction = 0;
  coin->train_loss = record.train_loss;
  coin->valid_loss = record.valid_loss;
  coin->best_valid_loss = record.best_valid_loss;
  coin->best_epoch = record.best_epoch;
  coin->sequences_per_second = record.sequences_per_second;
  if (record.epoch >= epochs_) {
    coin->phase = CoinPhase::finished;
  } else {
    coin->phase = record.finished ? CoinPhase::early_stopped : CoinPhase::waiting;
  }
  double const seconds = record.train_seconds + record.valid_seconds;
  if (seconds > 0) {
    auto const measured = measured_.begin() + (coin - coins_.data());
    constexpr double weight = 0.5;  // of the latest epoch: the machine's load changes
    double const earlier = *measured ? coin->epoch_seconds : seconds;
    coin->epoch_seconds = weight * seconds + (1 - weight) * earlier;
    *measured = true;
  }
}

void RunView::take(EventRecord const& record) {
  CoinView* const coin = find(record.coin);
  if (coin == nullptr) return;
  coin->rank = record.rank;
  if (record.action == "coin_failed") coin->phase = CoinPhase::failed;
  if (record.action == "early_stop") coin->phase = CoinPhase::early_stopped;
  if (record.action == "resumed" && record.details.is_object()) {
    coin->epochs_done = record.details.value("epoch", coin->epochs_done);
    if (record.details.value("finished", false)) {
      coin->phase = coin->epochs_done < epochs_ ? CoinPhase::early_stopped : CoinPhase::finished;
    }
  }
}

void RunView::take(ProgressTick const& tick, double now_s) {
  CoinView* const coin = find(tick.coin);
  if (coin == nullptr || coin->is_done()) return;
  coin->rank = tick.rank;
  coin->phase = CoinPhase::running;
  coin->epochs_done = std::max<std::int64_t>(0, tick.epoch - 1);
  coin->fraction = std::clamp(tick.fraction, 0.0, 1.0);
  coin->train_loss = tick.train_loss;
  coin->sequences_per_second = tick.sequences_per_second;
  pause_others(tick.rank, *coin);

  auto const index = coin - coins_.data();
  FirstTick& first = first_ticks_[static_cast<std::size_t>(index)];
  if (first.epoch != tick.epoch) first = {tick.epoch, coin->fraction, now_s};
  double const progress = coin->fraction - first.fraction;
  constexpr double enough = 0.01;  // below this the measurement says nothing
  if (!measured_[static_cast<std::size_t>(index)] && progress >= enough) {
    coin->epoch_seconds = (now_s - first.now_s) / progress;
  }
}

void RunView::take_reading(std::size_t rank, std::string text) {
  if (readings_.size() <= rank) readings_.resize(rank + 1);
  readings_[rank] = std::move(text);
}

std::optional<double> RunView::remaining_seconds() const {
  std::vector<CoinPace> paces;
  for (CoinView const& coin : coins_) {
    double const left = static_cast<double>(epochs_ - coin.epochs_done) - coin.fraction;
    paces.push_back({coin.rank, coin.is_done() ? 0 : left, coin.epoch_seconds});
  }
  return moneta::remaining_seconds(paces);
}

}  // namespace moneta
