// SPDX-License-Identifier: Apache-2.0
#include "run/status_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "base/error.h"
#include "checkpoint/index.h"
#include "run/run_folder.h"
#include "run/status_file.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/log_history.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// Throws Error (data) if this user may not know.
bool is_there(fs::path const& path) {
  std::error_code failed;
  bool const there = fs::exists(path, failed);
  MONETA_REQUIRE(!failed, data, "cannot look at '{}' ({}). May this user read its folder?",
                 path.string(), failed.message());
  return there;
}

bool is_run(fs::path const& folder) {
  return is_there(folder / "status.json") || is_there(folder / "config.json") ||
         is_there(folder / "checkpoints" / "index.json") ||
         (is_there(folder / "log") && !log_files(folder / "log", "epochs").empty());
}

/// " There are runs/demo, runs/upbit8": the runs beside this one.
std::string runs_beside(fs::path const& folder) {
  constexpr std::size_t most = 8;
  fs::path const parent = folder.has_parent_path() ? folder.parent_path() : "runs";
  std::vector<std::string> names;
  std::error_code failed;
  for (auto each = fs::directory_iterator(parent, failed);
       !failed && each != fs::directory_iterator(); each.increment(failed)) {
    try {
      if (is_run(each->path())) names.push_back(each->path().string());
    } catch (Error const&) {
      // Not for this user to see.
    }
  }
  std::sort(names.begin(), names.end());
  std::string list;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) {
    list += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.empty()) return "; it is <run.folder>/<run.name> of its config";
  return fmt::format("; there ", names.size() == 1 ? "is " : "are ", list,
                     names.size() > most ? ", ..." : "");
}

void require_run(fs::path folder) {
  if (!folder.has_filename()) folder = folder.parent_path();  // "runs/demo/"
  char const* const why = !is_there(folder) ? "no such folder"
                          : !fs::is_directory(folder)
                              ? "it is no folder"
                              : "it has no status.json, config.json, checkpoints or log";
  MONETA_REQUIRE(fs::is_directory(folder) && is_run(folder), data,
                 "there is no run in '{}' ({}). Name the folder of a run{}?", folder.string(), why,
                 runs_beside(folder));
}

/// The coins and epochs that config.json, the logs or the index know.
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
    if (is_there(folder.config())) report.notes.emplace_back(error.what());
  }
  for (EpochRecord const& record : history.epochs) {
    add(record.coin);
    epochs = std::max(epochs, record.epochs);
  }
  for (auto const& [coin, entries] : index.coins) add(coin);
  return RunView(coins, epochs, std::numeric_limits<double>::quiet_NaN());
}

/// Fills in what the checkpoints know and the logs do not, but for whether the coin is done.
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

void add_end(CheckpointIndex const& index, std::int64_t epochs, CoinView& coin) {
  auto const last = last_checkpoint(index, coin.name);
  if (!last || !last->finished || coin.is_done()) return;
  coin.phase = last->epoch < epochs ? CoinPhase::early_stopped : CoinPhase::finished;
}

std::optional<double> newest_age_s(RunFolder const& folder, std::int64_t local_clock_ms) {
  std::vector<fs::path> files;
  for (std::string_view const kind : log_kinds) {
    try {
      for (LogFile const& file : log_files(folder.log(), kind)) files.push_back(file.path);
    } catch (Error const&) {
      // The notes say that the logs cannot be read.
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

CheckpointIndex index_of(RunFolder const& folder, StatusReport& report) {
  try {
    return read_index(folder.checkpoints());
  } catch (Error const& error) {
    report.notes.emplace_back(error.what());
    return {};
  }
}

void look_at_files(RunFolder const& folder, std::int64_t local_clock_ms, StatusReport& report) {
  EpochHistory const history = read_epoch_history(folder.log());
  CheckpointIndex const index = index_of(folder, report);
  RunView view = view_from_files(folder, history, index, report);
  for (EpochRecord const& record : history.epochs) view.take(record);
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
        fmt::format("lines or files of the logs that could not be read: {}", history.unreadable));
  }
  report.age_s = newest_age_s(folder, local_clock_ms);
}

/// A run that has just been started again has not yet heard of all its coins.
void add_coins_to_come(RunFolder const& folder, StatusReport& report) {
  std::vector<CoinView>& coins = report.status.coins;
  auto const is_to_come = [](CoinView const& coin) { return !coin.rank; };
  if (std::none_of(coins.begin(), coins.end(), is_to_come)) return;
  CheckpointIndex const index = index_of(folder, report);
  for (CoinView& coin : coins) {
    if (is_to_come(coin)) add_checkpoints(index, coin);
  }
}

/// A resumed run knows the losses of its earlier epochs from the log alone.
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

Verdict verdict_of(RunState state, double age_s) {
  switch (state) {
    case RunState::finished:
      return Verdict::finished;
    case RunState::stopped:
      return Verdict::stopped;
    case RunState::failed:
      return Verdict::failed;
    default:
      return age_s < status_silence_s ? Verdict::running : Verdict::killed;
  }
}

}  // namespace

char const* to_string(Verdict verdict) {
  static constexpr std::array<char const*, 6> names = {"running", "finished", "stopped",
                                                       "failed",  "killed",   "unknown"};
  return names.at(static_cast<std::size_t>(verdict));
}

StatusReport look_at_run(fs::path const& path, std::int64_t local_clock_ms) {
  require_run(path);
  RunFolder const folder(path.has_filename() ? path : path.parent_path());
  StatusReport report;
  report.folder = folder.root;
  fs::path const file = folder.root / "status.json";
  auto const age_s = file_age_s(file, folder.root, local_clock_ms);
  if (age_s) {
    try {
      report.status = read_run_status(file);
      report.age_s = age_s;
      report.verdict = verdict_of(report.status.state, *age_s);
      add_earlier_losses(folder, report.status);
      add_coins_to_come(folder, report);
      return report;
    } catch (Error const& error) {
      report.notes.emplace_back(error.what());
    }
  }
  look_at_files(folder, local_clock_ms, report);
  return report;
}

Json status_json(StatusReport const& report) {
  Json json = to_json(report.status);
  json["verdict"] = to_string(report.verdict);
  json["age_seconds"] = report.age_s ? Json(*report.age_s) : Json();
  json["notes"] = report.notes;
  return json;
}

int exit_status_of(StatusReport const& report) {
  bool failed = report.verdict == Verdict::failed || report.verdict == Verdict::killed;
  for (CoinView const& coin : report.status.coins) {
    failed = failed || coin.phase == CoinPhase::failed;
  }
  return failed ? static_cast<int>(ErrorKind::training) : 0;
}

}  // namespace moneta
