// SPDX-License-Identifier: Apache-2.0
#include "train/rank_training.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/host.h"
#include "checkpoint/load.h"
#include "coord/async_poll.h"

namespace moneta {
namespace {

constexpr std::int64_t skips_before_rollback = 10;
constexpr std::int64_t max_rollbacks = 3;
constexpr double tick_interval_s = 0.25;

}  // namespace

RankTraining::RankTraining(Config const& config, std::filesystem::path checkpoints,
                           std::size_t rank, TrainingDevice& device, Team& team, Hooks hooks)
    : config_(config),
      checkpoints_(std::move(checkpoints)),
      rank_(rank),
      device_(device),
      team_(team),
      hooks_(std::move(hooks)),
      snapshots_(team.is_root()
                     ? std::make_unique<SnapshotBuffers>(device.backend(), device.layout().size)
                     : nullptr),
      writer_(checkpoints_),
      oom_recovery_(device, team, coins_,
                    {.smaller_plan = hooks_.smaller_plan,
                     .save =
                         [this](CoinTrainer& coin) {
                           save(coin);
                           wait_for_writes();
                         },
                     .post = [this](EventRecord event) { post(std::move(event)); }}) {}

int RankTraining::run(std::vector<CoinStart> coins) {
  try {
    return train(std::move(coins));
  } catch (...) {
    report_last_writes();
    throw;
  }
}

int RankTraining::train(std::vector<CoinStart> coins) {
  coins_ = std::move(coins);
  for (CoinStart const& start : coins_) {
    if (!start.trainer) report_failure(start.coin, start.failure);
  }
  std::erase_if(coins_, [](CoinStart const& start) { return !start.trainer; });
  bool stopped = false;
  CoinTrainer* next = next_coin();
  for (; next && !stopped; next = next_coin()) {
    try {
      next->activate();
      stopped = train_epoch(*next) == EpochEnd::stopped;
      next->deactivate();
    } catch (Error const& error) {
      // A failure of the device concerns all coins. All members of a team throw the errors of a
      // coin.
      if (error.kind() != ErrorKind::training && error.kind() != ErrorKind::data) throw;
      report_failure(next->coin(), error.what());
      std::erase_if(coins_, [next](CoinStart const& start) { return start.trainer.get() == next; });
    }
  }
  stopped = stopped && next != nullptr;
  wait_for_writes();
  retry_failed_saves();
  if (!unsaved_.empty()) return static_cast<int>(ErrorKind::disk);
  if (stopped) return exit_stopped;
  return any_failed_ ? static_cast<int>(ErrorKind::training) : 0;
}

CoinTrainer* RankTraining::next_coin() const {
  CoinTrainer* next = nullptr;
  for (CoinStart const& start : coins_) {
    if (start.trainer->progress().finished) continue;
    if (!next || start.trainer->progress().epoch < next->progress().epoch) {
      next = start.trainer.get();
    }
  }
  return next;
}

CoinStart* RankTraining::find(std::string const& coin) {
  auto const found = std::find_if(coins_.begin(), coins_.end(),
                                  [&](CoinStart const& start) { return start.coin == coin; });
  return found == coins_.end() ? nullptr : &*found;
}

RankTraining::EpochEnd RankTraining::train_epoch(CoinTrainer& coin) {
  // While other coins were active, this one made no progress that a crash could lose.
  last_save_s_[coin.coin()] = steady_clock_s();
  std::optional<EpochRecord> record;
  while (!record) {
    if (train_updates(coin) == EpochEnd::stopped) return EpochEnd::stopped;
    record = oom_recovery_.retry_on_oom(coin, [&] { return coin.finish_epoch(); });
    if (!record && coin.needs_smaller_loss_scale()) {
      coin.repeat_epoch();  // no sign of divergence: each skipped update has lowered the scale
    } else if (!record) {
      roll_back(coin, "no gradient of the epoch was finite, or its validation loss was not");
    }
  }
  save(coin);
  report_epoch(coin, std::move(*record));
  hooks_.between_updates();
  double stop[] = {hooks_.stop_requested() ? 1.0 : 0.0};
  team_.all_reduce_sum(stop);
  return stop[0] > 0 ? EpochEnd::stopped : EpochEnd::finished;
}

RankTraining::EpochEnd RankTraining::train_updates(CoinTrainer& coin) {
  while (!coin.epoch_is_trained()) {
    TeamVotes const own = own_votes(coin);
    TeamVotes const votes =
        oom_recovery_.retry_on_oom(coin, [&] { return coin.train_update(own); });
    after_update(coin, votes);
    if (votes.stop) {
      // Directly after a rollback, the state is that of a checkpoint that exists.
      if (coin.progress().update_in_epoch > 0) save(coin);
      return EpochEnd::stopped;
    }
  }
  return EpochEnd::finished;
}

TeamVotes RankTraining::own_votes(CoinTrainer const& coin) const {
  bool const save_is_due =
      steady_clock_s() - last_save_s_.at(coin.coin()) > config_.checkpoint.every_minutes * 60;
  return {.stop = hooks_.stop_requested(), .save = save_is_due && team_.is_root()};
}

void RankTraining::report_epoch(CoinTrainer const& coin, EpochRecord record) {
  if (!team_.is_root()) return;
  record.rank = rank_;
  record.host_memory_bytes = resident_memory_bytes();
  if (hooks_.device_summary) record.device = hooks_.device_summary();
  hooks_.post(record);
  if (record.finished && record.epoch < record.epochs) {
    post(
        {.event = Event::early_stop,
         .message = fmt::format(
             "stopped after epoch {}: no validation loss better than {:g} (epoch {}) for {} epochs",
             record.epoch, record.best_valid_loss, record.best_epoch, coin.progress().stale_epochs),
         .coin = coin.coin()});
  }
}

void RankTraining::after_update(CoinTrainer& coin, TeamVotes votes) {
  if (coin.skipped_last_update()) {
    report_skip(coin);
    if (coin.progress().skipped_in_a_row >= skips_before_rollback) {
      roll_back(coin, fmt::format("the gradients of {} updates in a row were not finite",
                                  skips_before_rollback));
    }
  } else if (votes.save && !coin.epoch_is_trained()) {
    save(coin);
  }
  post_tick(coin);
  report_writes();
  hooks_.between_updates();
}

void RankTraining::report_skip(CoinTrainer const& coin) {
  CoinProgress const& progress = coin.progress();
  EventRecord event{
      .severity = Severity::warning,
      .event = Event::update_skipped,
      .message = fmt::format("update {} is skipped: its gradient is not finite", progress.update),
      .coin = coin.coin()};
  // While the loss scale may be the reason, a skipped update is no sign of trouble.
  bool const is_expected = coin.loss_scaler() && !coin.loss_scaler()->is_exhausted();
  if (is_expected) {
    event.severity = Severity::info;
  } else {
    event.message += fmt::format(" ({} in a row)", progress.skipped_in_a_row);
  }
  if (coin.loss_scaler()) {
    double const scale = coin.loss_scaler()->scale();
    event.message += fmt::format(". The loss scale is lowered to {}", scale);
    event.details["loss_scale"] = scale;
  }
  post_from_team(std::move(event));
}

void RankTraining::post_tick(CoinTrainer const& coin) {
  double const now_s = steady_clock_s();
  if (!team_.is_root() || now_s - last_tick_s_ <= tick_interval_s) return;
  last_tick_s_ = now_s;
  CoinProgress const& progress = coin.progress();
  hooks_.post(ProgressTick{.coin = coin.coin(),
                           .rank = rank_,
                           .epoch = progress.epoch + 1,
                           .fraction = static_cast<double>(progress.update_in_epoch) /
                                       static_cast<double>(coin.updates_per_epoch()),
                           .train_loss = coin.mean_loss_so_far(),
                           .sequences_per_second = coin.sequences_per_second()});
}

void RankTraining::save(CoinTrainer& coin) {
  last_save_s_[coin.coin()] = steady_clock_s();
  if (!team_.is_root()) return;
  // The snapshot is taken only when there is room for it, so that at most two are in memory.
  run_async_while_polling([this] { writer_.wait_for_room(); }, config_.run.watchdog_minutes * 60,
                          hooks_.between_updates);
  writer_.submit(coin.snapshot(snapshots_->next()));
}

void RankTraining::roll_back(CoinTrainer& coin, std::string const& why) {
  MONETA_REQUIRE(
      coin.progress().rollbacks < max_rollbacks, training,
      "{}, after {} rollbacks to an earlier checkpoint with half the learning rate each. Its last valid checkpoint stays. Lower train.optimizer.learning_rate, or check its data with 'moneta inspect'?",
      why, max_rollbacks);
  coin.roll_back(load_last_whole_epoch(coin));
  post_from_team(
      {.severity = Severity::warning,
       .event = Event::rolled_back,
       .message = fmt::format("{}: back to the end of epoch {} with the learning rate times {:g}",
                              why, coin.progress().epoch, coin.progress().learning_rate_factor),
       .coin = coin.coin(),
       .details = {{"epoch", coin.progress().epoch}}});
}

CoinState RankTraining::load_last_whole_epoch(CoinTrainer const& coin) {
  wait_for_writes();
  std::optional<SavedCheckpoint> const& saved = find(coin.coin())->last_whole_epoch;
  // Only the root of a team knows what has been saved since the start.
  double epoch_of_root[] = {team_.is_root() && saved ? static_cast<double>(saved->epoch) : 0.0};
  team_.all_reduce_sum(epoch_of_root);
  CoinProgress target;
  target.epoch = static_cast<std::int64_t>(epoch_of_root[0]);
  std::optional<CoinState> state;
  std::string failure = "another rank of its team cannot read it";
  try {
    if (target.epoch == 0) {
      state = coin.first_state();
    } else if (saved && saved->epoch == target.epoch) {
      state = load_checkpoint(checkpoints_, *saved);
    } else {
      state = read_checkpoint(checkpoints_ / checkpoint_file_name(coin.coin(), target));
    }
  } catch (Error const& error) {
    failure = error.what();
  }
  double failures[] = {state ? 0.0 : 1.0};
  team_.all_reduce_sum(failures);
  MONETA_REQUIRE(failures[0] == 0, training, "it cannot return to its checkpoint of epoch {} ({})",
                 target.epoch, failure);
  return std::move(*state);
}

void RankTraining::wait_for_writes() {
  run_async_while_polling([this] { writer_.drain(); }, config_.run.watchdog_minutes * 60,
                          hooks_.between_updates);
  report_writes();
}

void RankTraining::report_last_writes() noexcept {
  try {
    wait_for_writes();
  } catch (std::exception const&) {
    // The error that ended the training explains this one, and is the one to report.
  }
}

void RankTraining::report_writes() {
  for (WriteResult const& result : writer_.take_finished()) {
    if (result.saved) {
      SavedCheckpoint const& saved = *result.saved;
      unsaved_.erase(result.coin);
      CoinStart* const start = find(result.coin);
      if (start && saved.update_in_epoch == 0) start->last_whole_epoch = saved;
      hooks_.post(saved);
      post({.event = Event::model_saved,
            .message = fmt::format("saved {}", saved.file),
            .coin = result.coin,
            .details = {{"file", saved.file},
                        {"bytes", saved.bytes},
                        {"seconds", std::round(1000 * result.seconds) / 1000}}});
    } else {
      unsaved_.insert(result.coin);
      post({.severity = Severity::error,
            .event = Event::save_failed,
            .message =
                fmt::format("{} ({} tries; training continues, the previous checkpoint stays)",
                            result.error, result.tries),
            .coin = result.coin});
    }
  }
}

void RankTraining::retry_failed_saves() {
  if (unsaved_.empty()) return;
  for (CoinStart const& start : coins_) {
    if (!unsaved_.contains(start.coin)) continue;
    writer_.wait_for_room();
    writer_.submit(start.trainer->snapshot(snapshots_->next()));
  }
  writer_.drain();
  report_writes();
}

void RankTraining::report_failure(std::string const& coin, std::string const& why) {
  any_failed_ = true;
  post_from_team(
      {.severity = Severity::error, .event = Event::coin_failed, .message = why, .coin = coin});
}

void RankTraining::post(EventRecord event) {
  event.rank = rank_;
  hooks_.post(std::move(event));
}

void RankTraining::post_from_team(EventRecord event) {
  if (team_.is_root()) post(std::move(event));
}

}  // namespace moneta
