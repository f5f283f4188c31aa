// SPDX-License-Identifier: Apache-2.0
#include "train/rank_training.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/host.h"
#include "coord/async_poll.h"

namespace moneta {
namespace {

constexpr std::int64_t skips_before_rollback = 10;
constexpr std::int64_t most_rollbacks = 3;
constexpr double seconds_between_ticks = 0.25;

}  // namespace

RankTraining::RankTraining(Config const& config, std::filesystem::path checkpoints,
                           std::size_t rank, TrainingDevice& device, Team& team, Hooks hooks)
    : config_(config),
      checkpoints_(std::move(checkpoints)),
      rank_(rank),
      device_(device),
      team_(team),
      hooks_(std::move(hooks)),
      writer_(checkpoints_) {}

void RankTraining::remember(SavedCheckpoint const& saved) {
  if (saved.update_in_epoch == 0) whole_epochs_[saved.coin] = saved;
}

int RankTraining::run(std::vector<CoinStart> coins) {
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
      // A device that fails is not the coin's trouble. What is the coin's, all of its team throw.
      if (error.kind() != ErrorKind::training && error.kind() != ErrorKind::data) throw;
      report_failure(next->coin(), error.what());
      std::erase_if(coins_, [next](CoinStart const& start) { return start.trainer.get() == next; });
    }
  }
  stopped = stopped && next != nullptr;
  wait_for_writes();
  retry_failed_saves();
  if (stopped) return unsaved_.empty() ? exit_stopped : static_cast<int>(ErrorKind::disk);
  if (!unsaved_.empty()) return static_cast<int>(ErrorKind::disk);
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

template <class Work>
auto RankTraining::retry_on_oom(CoinTrainer& coin, Work const& work) {
  for (;;) {
    try {
      return work();
    } catch (OutOfMemory const& error) {
      recover_from_oom(coin, error.what());
    }
  }
}

RankTraining::EpochEnd RankTraining::train_epoch(CoinTrainer& coin) {
  // Nothing was lost while other coins had their turns.
  last_save_s_[coin.coin()] = steady_clock_s();
  std::optional<EpochRecord> record;
  while (!record) {
    if (train_updates(coin) == EpochEnd::stopped) return EpochEnd::stopped;
    record = retry_on_oom(coin, [&] { return coin.finish_epoch(); });
    if (!record) go_back(coin, "no gradient of the epoch, or not its validation loss, was finite");
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
    bool const save_due =
        steady_clock_s() - last_save_s_[coin.coin()] > config_.checkpoint.every_minutes * 60;
    // The team decides together: what one member asks for, all do after this update.
    double flags[] = {hooks_.stop_requested() ? 1.0 : 0.0, save_due && team_.leads() ? 1.0 : 0.0};
    retry_on_oom(coin, [&] { coin.train_update(flags); });
    after_update(coin, flags[1]);
    if (flags[0] > 0) {
      // Right after a return to an earlier checkpoint that one is the state to go on from.
      if (coin.progress().update_in_epoch > 0) save(coin);
      return EpochEnd::stopped;
    }
  }
  return EpochEnd::finished;
}

void RankTraining::report_epoch(CoinTrainer const& coin, EpochRecord record) {
  if (!team_.leads()) return;
  record.rank = rank_;
  record.host_memory_bytes = resident_memory_bytes();
  if (hooks_.device_summary) record.device = hooks_.device_summary();
  hooks_.post(record);
  if (record.finished && record.epoch < record.epochs) {
    event(
        Severity::info, "early_stop",
        fmt::format(
            "stopped after epoch {}: no better validation loss than {:g} (epoch {}) for {} epochs",
            record.epoch, record.best_valid_loss, record.best_epoch, coin.progress().stale_epochs),
        coin.coin());
  }
}

void RankTraining::after_update(CoinTrainer& coin, double save_now) {
  CoinProgress const& progress = coin.progress();
  if (progress.skipped_in_a_row > 0) {
    if (team_.leads()) {
      event(Severity::warning, "update_skipped",
            fmt::format("update {} has a gradient that is not finite: skipped ({} in a row)",
                        progress.update, progress.skipped_in_a_row),
            coin.coin());
    }
    if (progress.skipped_in_a_row >= skips_before_rollback) {
      go_back(coin, fmt::format("{} updates in a row had a gradient that is not finite",
                                skips_before_rollback));
    }
  } else if (save_now > 0 && !coin.epoch_is_trained()) {
    save(coin);
  }
  double const now_s = steady_clock_s();
  if (team_.leads() && now_s - last_tick_s_ > seconds_between_ticks) {
    last_tick_s_ = now_s;
    hooks_.post(ProgressTick{coin.coin(), rank_, progress.epoch + 1,
                             static_cast<double>(progress.update_in_epoch) /
                                 static_cast<double>(coin.updates_per_epoch()),
                             coin.mean_loss_so_far(), coin.sequences_per_second()});
  }
  report_writes();
  hooks_.between_updates();
}

void RankTraining::save(CoinTrainer& coin) {
  last_save_s_[coin.coin()] = steady_clock_s();
  if (!team_.leads()) return;
  // Two snapshots are in memory, not three.
  run_async_while_polling([this] { writer_.wait_for_room(); }, config_.run.watchdog_minutes * 60,
                          hooks_.between_updates);
  writer_.submit(coin.snapshot());
}

void RankTraining::go_back(CoinTrainer& coin, std::string const& why) {
  MONETA_REQUIRE(
      coin.progress().rollbacks < most_rollbacks, training,
      "{}, after {} returns to an earlier checkpoint with half the learning rate each. Its last good checkpoint stays. Lower train.optimizer.learning_rate, or look at its data with 'moneta inspect'?",
      why, most_rollbacks);
  coin.roll_back(last_whole_epoch(coin));
  if (team_.leads()) {
    event(Severity::warning, "rolled_back",
          fmt::format("{}: back to the end of epoch {} with the learning rate times {:g}", why,
                      coin.progress().epoch, coin.progress().learning_rate_factor),
          coin.coin(), {{"epoch", coin.progress().epoch}});
  }
}

void RankTraining::wait_for_writes() {
  run_async_while_polling([this] { writer_.drain(); }, config_.run.watchdog_minutes * 60,
                          hooks_.between_updates);
  report_writes();
}

CoinState RankTraining::last_whole_epoch(CoinTrainer const& coin) {
  wait_for_writes();
  auto const known = whole_epochs_.find(coin.coin());
  bool const is_known = known != whole_epochs_.end();
  // Of a team the leader alone knows what has been written since the start.
  double told[] = {team_.leads() && is_known ? static_cast<double>(known->second.epoch) : 0.0};
  team_.all_reduce_sum(told);
  CoinProgress at;
  at.epoch = static_cast<std::int64_t>(told[0]);
  std::optional<CoinState> state;
  std::string failure = "another rank of its team cannot read it";
  try {
    if (at.epoch == 0) {
      state = coin.first_state();
    } else if (is_known && known->second.epoch == at.epoch) {
      state = load_checkpoint(checkpoints_, known->second);
    } else {
      state = read_checkpoint(checkpoints_ / checkpoint_file_name(coin.coin(), at));
    }
  } catch (Error const& error) {
    failure = error.what();
  }
  double failures[] = {state ? 0.0 : 1.0};
  team_.all_reduce_sum(failures);
  MONETA_REQUIRE(failures[0] == 0, training, "it cannot go back to its checkpoint of epoch {} ({})",
                 at.epoch, failure);
  return std::move(*state);
}

void RankTraining::report_writes() {
  for (WriteResult const& result : writer_.take_finished()) {
    if (result.saved) {
      unsaved_.erase(result.coin);
      remember(*result.saved);
      hooks_.post(*result.saved);
      event(Severity::info, "model_saved", fmt::format("saved {}", result.saved->file), result.coin,
            {{"file", result.saved->file},
             {"bytes", result.saved->bytes},
             {"seconds", std::round(1000 * result.seconds) / 1000}});
    } else {
      unsaved_.insert(result.coin);
      event(Severity::error, "save_failed",
            fmt::format("{} ({} tries; training goes on, the earlier checkpoint stays)",
                        result.error, result.tries),
            result.coin);
    }
  }
}

void RankTraining::retry_failed_saves() {
  if (unsaved_.empty()) return;
  for (CoinStart const& start : coins_) {
    if (unsaved_.contains(start.coin)) writer_.submit(start.trainer->snapshot());
  }
  writer_.drain();
  report_writes();
}

void RankTraining::report_failure(std::string const& coin, std::string const& why) {
  any_failed_ = true;
  if (team_.leads()) event(Severity::error, "coin_failed", why, coin);
}

void RankTraining::event(Severity severity, std::string action, std::string message,
                         std::string coin, Json details) {
  hooks_.post(EventRecord{severity, std::move(action), std::move(message), std::move(coin), rank_,
                          std::move(details)});
}

}  // namespace moneta
