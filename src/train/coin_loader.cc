// SPDX-License-Identifier: Apache-2.0
#include "train/coin_loader.h"

#include <utility>

#include "base/error.h"
#include "coord/async_poll.h"
#include "data/load_dataset.h"
#include "run/identity.h"

namespace moneta {
namespace {

std::string where_it_stands(CoinProgress const& progress, std::string const& file) {
  if (progress.finished)
    return fmt::format("is finished after epoch {} ({})", progress.epoch, file);
  if (progress.update_in_epoch == 0) {
    return fmt::format("goes on after epoch {} ({})", progress.epoch, file);
  }
  return fmt::format("goes on in epoch {} after update {} ({})", progress.epoch + 1,
                     progress.update_in_epoch, file);
}

}  // namespace

CoinLoader::CoinLoader(Config const& config, CheckpointIndex const& index,
                       std::filesystem::path checkpoints, TrainingDevice& device, Team& team,
                       RankTraining& rank, std::function<void(RankMessage)> post,
                       std::function<void()> between_batches)
    : config_(config),
      index_(index),
      checkpoints_(std::move(checkpoints)),
      device_(device),
      team_(team),
      rank_(rank),
      post_(std::move(post)),
      between_batches_(std::move(between_batches)) {}

template <class Work>
auto CoinLoader::with_life(Work const& work) const {
  return run_async_while_polling(work, config_.run.watchdog_minutes * 60, between_batches_);
}

CoinStart CoinLoader::load(std::string const& coin) {
  CoinStart result{coin, nullptr, ""};
  try {
    CoinDataset dataset = with_life([&] { return load_dataset(config_, coin); });
    CoinState state = restore(dataset);
    result.trainer = std::make_unique<CoinTrainer>(config_, device_, team_, std::move(dataset),
                                                   std::move(state), between_batches_);
  } catch (Error const& error) {
    if (error.kind() == ErrorKind::internal || error.kind() == ErrorKind::device) throw;
    result.failure = error.what();
  }
  double failures[] = {result.trainer ? 0.0 : 1.0};
  team_.all_reduce_sum(failures);
  if (failures[0] > 0 && result.trainer) {
    result.trainer.reset();
    result.failure = "another rank of its team could not load it";
  }
  return result;
}

CoinState CoinLoader::restore(CoinDataset const& dataset) {
  auto loaded = with_life([&] { return load_newest(checkpoints_, index_, dataset.coin); });
  if (!loaded) {
    return initial_state(config_, device_.layout(), dataset, device_.precision(),
                         device_.plan().micro_batch);
  }
  for (std::string const& message : loaded->rejected) {
    event(Severity::warning, "checkpoint_rejected", message, dataset.coin);
  }
  CoinState& state = loaded->state;
  MONETA_REQUIRE(state.config_digest == identity_digest(config_), config, "its checkpoint '",
                 loaded->from.file,
                 "' was made with other settings. Start another run with "
                 "run.name=...");
  MONETA_REQUIRE(state.data_digest == dataset.digest, data,
                 "its shards are not those that "
                 "its checkpoint '",
                 loaded->from.file,
                 "' was trained on. Prepare the same "
                 "data again, or start another run with run.name=...");
  // More epochs than before, or more patience: a finished coin may have work again.
  state.progress.finished = is_finished(state.progress);
  for (SavedCheckpoint const& entry : index_.coins.at(dataset.coin)) {
    if (entry.epoch <= state.progress.epoch) rank_.remember(entry);
  }
  event(Severity::info, "resumed", where_it_stands(state.progress, loaded->from.file), dataset.coin,
        {{"epoch", state.progress.epoch}, {"finished", state.progress.finished}});
  return std::move(state);
}

bool CoinLoader::is_finished(CoinProgress const& progress) const {
  auto const patience = static_cast<std::int64_t>(config_.train.early_stop.patience);
  return progress.epoch >= static_cast<std::int64_t>(config_.train.epochs) ||
         (progress.update_in_epoch == 0 && patience > 0 && progress.stale_epochs >= patience);
}

void CoinLoader::event(Severity severity, std::string action, std::string message,
                       std::string const& coin, Json details) {
  if (!team_.leads()) return;
  post_(EventRecord{severity, std::move(action), std::move(message), coin, rank_.number(),
                    std::move(details)});
}

}  // namespace moneta
