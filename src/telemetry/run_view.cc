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
      is_measured_(coins.size()) {
  for (std::size_t i = 0; i < coins.size(); ++i) coins_[i].name = coins[i];
}

RunView RunView::from_coins(std::vector<CoinView> coins, std::int64_t epochs, double start_s) {
  RunView view(std::vector<std::string>(coins.size()), epochs, start_s);
  view.coins_ = std::move(coins);
  return view;
}

std::optional<std::size_t> RunView::index_of(std::string const& coin) const {
  auto const found = std::find_if(coins_.begin(), coins_.end(),
                                  [&](CoinView const& each) { return each.name == coin; });
  if (found == coins_.end()) return {};
  return static_cast<std::size_t>(found - coins_.begin());
}

bool RunView::is_current(std::size_t coin) const {
  return std::any_of(current_.begin(), current_.end(),
                     [&](auto const& each) { return each.second == coin; });
}

/// A rank trains one coin at a time.
void RunView::pause_others(std::size_t rank, std::size_t running) {
  for (std::size_t i = 0; i < coins_.size(); ++i) {
    CoinView& coin = coins_[i];
    if (i != running && coin.rank == rank && coin.phase == CoinPhase::running) {
      coin.phase = CoinPhase::waiting;
    }
  }
}

void RunView::on(EpochRecord const& record) {
  auto const index = index_of(record.coin);
  if (!index) return;
  CoinView& coin = coins_[*index];
  if (!coin.is_done()) current_[record.rank] = *index;
  coin.rank = record.rank;
  coin.epochs_done = record.epoch;
  coin.fraction = 0;
  coin.train_loss = record.train_loss;
  coin.valid_loss = record.valid_loss;
  coin.best_valid_loss = record.best_valid_loss;
  coin.best_epoch = record.best_epoch;
  coin.sequences_per_second = record.sequences_per_second;
  if (record.epoch >= epochs_) {
    coin.phase = CoinPhase::finished;
  } else {
    coin.phase = record.finished ? CoinPhase::early_stopped : CoinPhase::waiting;
  }
  double const seconds = record.train_seconds + record.valid_seconds;
  if (seconds > 0) {
    constexpr double weight = 0.5;  // of the latest epoch, because the load of the host changes
    double const earlier = is_measured_[*index] ? coin.epoch_seconds : seconds;
    coin.epoch_seconds = weight * seconds + (1 - weight) * earlier;
    is_measured_[*index] = true;
  }
}

void RunView::on(EventRecord const& record) {
  auto const index = index_of(record.coin);
  if (!index) return;
  CoinView& coin = coins_[*index];
  coin.rank = record.rank;
  if (record.event == Event::coin_failed) coin.phase = CoinPhase::failed;
  if (record.event == Event::early_stop) coin.phase = CoinPhase::early_stopped;
  if (record.event == Event::resumed) {
    ResumePoint const point = resume_point(record);
    coin.epochs_done = point.epoch.value_or(coin.epochs_done);
    if (point.finished) {
      coin.phase = coin.epochs_done < epochs_ ? CoinPhase::early_stopped : CoinPhase::finished;
    }
  }
}

void RunView::on(ProgressTick const& tick, double now_s) {
  auto const index = index_of(tick.coin);
  if (!index || coins_[*index].is_done()) return;
  CoinView& coin = coins_[*index];
  current_[tick.rank] = *index;
  coin.rank = tick.rank;
  coin.phase = CoinPhase::running;
  coin.epochs_done = std::max<std::int64_t>(0, tick.epoch - 1);
  coin.fraction = std::clamp(tick.fraction, 0.0, 1.0);
  coin.train_loss = tick.train_loss;
  coin.sequences_per_second = tick.sequences_per_second;
  pause_others(tick.rank, *index);
  measure(*index, tick, now_s);
}

/// Estimates the duration of a coin's first epoch from the ticks so far.
void RunView::measure(std::size_t coin, ProgressTick const& tick, double now_s) {
  double const fraction = coins_[coin].fraction;
  FirstTick& first = first_ticks_[coin];
  if (first.epoch != tick.epoch) first = {tick.epoch, fraction, now_s};
  double const progress = fraction - first.fraction;
  constexpr double least_progress = 0.01;  // the estimate is too noisy before that
  if (!is_measured_[coin] && progress >= least_progress) {
    coins_[coin].epoch_seconds = (now_s - first.now_s) / progress;
  }
}

void RunView::on(DeviceSample const& sample) {
  if (readings_.size() <= sample.rank) readings_.resize(sample.rank + 1, Json::object());
  readings_[sample.rank] = sample.reading;
}

void RunView::on(SplitRecord const& record) {
  auto const index = index_of(record.coin);
  if (!index) return;
  coins_[*index].rank = record.rank;
  coins_[*index].dates = record.dates;
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
