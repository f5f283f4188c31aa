// SPDX-License-Identifier: Apache-2.0
#include "train/coin_loader.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "checkpoint/load.h"
#include "coord/async_poll.h"
#include "data/load_dataset.h"
#include "data/split.h"
#include "engine/select_device.h"
#include "run/identity.h"

namespace moneta {
namespace {

std::string resume_message(CoinProgress const& progress, std::string const& file) {
  if (progress.finished)
    return fmt::format("is finished after epoch {} ({})", progress.epoch, file);
  if (progress.update_in_epoch == 0) {
    return fmt::format("resumes after epoch {} ({})", progress.epoch, file);
  }
  return fmt::format("resumes in epoch {} after update {} ({})", progress.epoch + 1,
                     progress.update_in_epoch, file);
}

/// The newest checkpoint between epochs that is not after `epoch`.
std::optional<SavedCheckpoint> last_whole_epoch(CheckpointIndex const& index,
                                                std::string const& coin, std::int64_t epoch) {
  std::optional<SavedCheckpoint> found;
  for (SavedCheckpoint const& entry : entries_of(index, coin)) {
    if (entry.update_in_epoch == 0 && entry.epoch <= epoch) found = entry;
  }
  return found;
}

}  // namespace

CoinLoader::CoinLoader(Config const& config, CheckpointIndex const& index,
                       std::filesystem::path checkpoints, TrainingDevice const& device,
                       Team const& team, std::size_t rank, std::function<void(RankMessage)> post,
                       std::function<void()> poll)
    : config_(config),
      index_(index),
      checkpoints_(std::move(checkpoints)),
      device_(device),
      team_(team),
      rank_(rank),
      post_(std::move(post)),
      poll_(std::move(poll)) {}

template <class Work>
auto CoinLoader::run_while_polling(Work const& work) const {
  return run_async_while_polling(work, config_.run.watchdog_minutes * 60, poll_);
}

LoadedCoin CoinLoader::load(std::string const& coin) {
  LoadedCoin loaded{.coin = coin};
  try {
    auto dataset = std::make_shared<CoinDataset>(
        run_while_polling([&] { return load_dataset(config_, coin); }));
    loaded.state = restore(*dataset);
    if (team_.is_root()) {
      post_(SplitRecord{coin, rank_, split_dates(dataset->time_s, dataset->split)});
    }
    loaded.last_whole_epoch = last_whole_epoch(index_, coin, loaded.state.header.progress.epoch);
    loaded.dataset = std::move(dataset);
  } catch (Error const& error) {
    if (error.kind() == ErrorKind::internal || error.kind() == ErrorKind::device) throw;
    loaded.failure = error.what();
  }
  return loaded;
}

CoinState CoinLoader::restore(CoinDataset const& dataset) {
  auto loaded = run_while_polling([&] { return load_newest(checkpoints_, index_, dataset.coin); });
  if (!loaded) {
    return initial_state(config_, device_.layout(), dataset, device_.precision(),
                         device_.plan().micro_batch);
  }
  for (std::string const& message : loaded->rejected) {
    post({.severity = Severity::warning,
          .event = Event::checkpoint_rejected,
          .message = message,
          .coin = dataset.coin});
  }
  CoinHeader& header = loaded->state.header;
  MONETA_REQUIRE(
      header.config_digest == identity_digest(config_), config,
      "its checkpoint '{}' was written with other settings. Start another run with run.name=...",
      loaded->from.file);
  MONETA_REQUIRE(
      header.data_digest == dataset.digest, data,
      "its shards are not those that its checkpoint '{}' was trained on. Prepare the same data again, or start another run with run.name=...",
      loaded->from.file);
  warn_of_another_device(header);
  // With a larger train.epochs or patience, a finished coin continues.
  header.progress.finished = is_finished(header.progress);
  post({.event = Event::resumed,
        .message = resume_message(header.progress, loaded->from.file),
        .coin = dataset.coin,
        .details = {{"epoch", header.progress.epoch}, {"finished", header.progress.finished}}});
  return std::move(loaded->state);
}

bool CoinLoader::is_finished(CoinProgress const& progress) const {
  auto const patience = static_cast<std::int64_t>(config_.train.early_stop.patience);
  return progress.epoch >= static_cast<std::int64_t>(config_.train.epochs) ||
         (progress.update_in_epoch == 0 && patience > 0 && progress.stale_epochs >= patience);
}

void CoinLoader::warn_of_another_device(CoinHeader const& header) {
  std::string const warning = rounding_warning(header.device, device_.rounding());
  // Once, not for every coin.
  if (warning.empty() || !warned_of_.insert(header.device).second) return;
  post({.severity = Severity::warning, .event = Event::config_changed, .message = warning});
}

void CoinLoader::post(EventRecord record) const {
  if (!team_.is_root()) return;
  record.rank = rank_;
  post_(std::move(record));
}

}  // namespace moneta
