// SPDX-License-Identifier: Apache-2.0
#include "run/recover_status.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "checkpoint/index.h"
#include "run/file_age.h"
#include "run/require_run.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/log_history.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// A view of the coins and epochs that config.json, the logs or the index contain.
RunView view_from_files(RunFolder const& folder, EpochHistory const& history,
                        CheckpointIndex const& index, StatusReport& report) {
  std::vector<std::string> coins;
  auto const add = [&coins](std::string const& coin) {
    if (std::find(coins.begin(), coins.end(), coin) == coins.end()) coins.push_back(coin);
  };
  std::int64_t epochs = 0;
  try {
    Config const config = read_run_config(folder);
    coins = config.coins;
    epochs = static_cast<std::int64_t>(config.train.epochs);
  } catch (Error const& error) {
    if (file_exists(folder.config())) report.notes.emplace_back(error.what());
  }
  for (EpochRecord const& record : history.epochs) {
    add(record.coin);
    epochs = std::max(epochs, record.epochs);
  }
  for (auto const& [coin, entries] : index.coins) add(coin);
  return RunView(coins, epochs, std::numeric_limits<double>::quiet_NaN());
}

/// Adds what the checkpoint index knows and the logs do not, except whether the coin is done.
void add_checkpoints(CheckpointIndex const& index, CoinView& coin) {
  if (auto const last = last_checkpoint(index, coin.name)) {
    coin.epochs_done = std::max(coin.epochs_done, last->epoch);
    if (std::isnan(coin.valid_loss) && last->epoch > 0) coin.valid_loss = last->valid_loss;
  }
  auto const best = best_checkpoint(index, coin.name);
  if (best && best->epoch > 0 && std::isnan(coin.best_valid_loss)) {
    coin.best_valid_loss = best->valid_loss;
    coin.best_epoch = best->epoch;
  }
}

/// Whether the coin is done, according to its last checkpoint.
void add_end(CheckpointIndex const& index, std::int64_t epochs, CoinView& coin) {
  auto const last = last_checkpoint(index, coin.name);
  if (!last || !last->finished || coin.is_done()) return;
  coin.phase = last->epoch < epochs ? CoinPhase::early_stopped : CoinPhase::finished;
}

/// Seconds since a log or the checkpoint index was last written.
std::optional<double> age_of_newest_file(RunFolder const& folder, std::int64_t local_clock_ms) {
  std::vector<fs::path> files;
  for (std::string_view const kind : log_kinds) {
    try {
      for (LogFile const& file : log_files(folder.log(), kind)) files.push_back(file.path);
    } catch (Error const&) {
      // A note already mentions that the logs cannot be read.
    }
  }
  files.push_back(folder.checkpoints() / "index.json");
  std::optional<double> newest;
  for (fs::path const& file : files) {
    auto const age_s = file_age_s(file, folder.root, local_clock_ms);
    if (age_s && (!newest || *age_s < *newest)) newest = age_s;
  }
  return newest;
}

CheckpointIndex read_index_or_note(RunFolder const& folder, StatusReport& report) {
  try {
    return read_index(folder.checkpoints());
  } catch (Error const& error) {
    report.notes.emplace_back(error.what());
    return {};
  }
}

/// Shortly after a start, some coins have not been reported by a rank.
void add_unreported_coins(RunFolder const& folder, StatusReport& report) {
  std::vector<CoinView>& coins = report.status.coins;
  auto const is_unreported = [](CoinView const& coin) { return !coin.rank; };
  if (std::none_of(coins.begin(), coins.end(), is_unreported)) return;
  CheckpointIndex const index = read_index_or_note(folder, report);
  for (CoinView& coin : coins) {
    if (is_unreported(coin)) add_checkpoints(index, coin);
  }
}

/// Only the logs contain the losses of the epochs before a run was resumed.
void add_earlier_losses(RunFolder const& folder, RunStatus& status) {
  auto const lacks = [](CoinView const& coin) {
    return coin.epochs_done > 0 && std::isnan(coin.best_valid_loss);
  };
  if (std::none_of(status.coins.begin(), status.coins.end(), lacks)) return;
  std::map<std::string, EpochRecord> latest;
  for (EpochRecord const& record : read_epoch_history(folder.log()).epochs) {
    latest[record.coin] = record;
  }
  for (CoinView& coin : status.coins) {
    auto const found = latest.find(coin.name);
    if (!lacks(coin) || found == latest.end()) continue;
    EpochRecord const& record = found->second;
    if (record.epoch != coin.epochs_done) continue;
    if (std::isnan(coin.train_loss)) coin.train_loss = record.train_loss;
    coin.valid_loss = record.valid_loss;
    coin.best_valid_loss = record.best_valid_loss;
    coin.best_epoch = record.best_epoch;
  }
}

}  // namespace

void recover_status(RunFolder const& folder, std::int64_t local_clock_ms, StatusReport& report) {
  EpochHistory const history = read_epoch_history(folder.log());
  CheckpointIndex const index = read_index_or_note(folder, report);
  RunView view = view_from_files(folder, history, index, report);
  for (EpochRecord const& record : history.epochs) view.on(record);
  RunStatus& status = report.status;
  status.run = folder.root.filename().string();
  status.epochs = view.epochs();
  status.eta_seconds = view.remaining_seconds();
  status.elapsed_seconds = std::numeric_limits<double>::quiet_NaN();
  status.coins = view.coins();
  for (CoinView& coin : status.coins) {
    add_checkpoints(index, coin);
    add_end(index, status.epochs, coin);
  }
  if (history.unreadable > 0) {
    report.notes.push_back(
        fmt::format("unreadable lines or files of the logs: {}", history.unreadable));
  }
  report.age_s = age_of_newest_file(folder, local_clock_ms);
}

void add_earlier_progress(RunFolder const& folder, StatusReport& report) {
  add_earlier_losses(folder, report.status);
  add_unreported_coins(folder, report);
}

}  // namespace moneta
