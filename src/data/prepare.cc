// SPDX-License-Identifier: Apache-2.0
#include "data/prepare.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/time.h"
#include "data/manifest.h"
#include "data/month.h"
#include "data/write_shard.h"
#include "io/file.h"
#include "market/read_candles.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

using Progress = std::function<void(PreparedMonth const&)>;

/// Splits decision times by calendar month.
std::vector<DecisionTimes> split_into_months(DecisionTimes const& all, std::int64_t stride_s) {
  std::vector<DecisionTimes> months;
  for (auto first = all.first_s; first <= all.last_s;) {
    auto const before = (next_month_start(first) - 1) / stride_s * stride_s;
    months.push_back({first, std::min(before, all.last_s)});
    first = before + stride_s;
  }
  return months;
}

/// True if the file is the one in the manifest.
bool is_intact(fs::path const& folder, ManifestEntry const& entry) {
  auto const path = shard_path(folder, entry);
  std::error_code missing;
  return fs::file_size(path, missing) == entry.bytes && !missing &&
         digest_of_file(path) == entry.sha256;
}

class Preparation {
 public:
  Preparation(Config const& config, Progress const& progress)
      : data_(config.data), progress_(progress), folder_(config.data.shards) {
    create_folder(folder_);
    new_.settings = preparation_settings(data_);
    if (fs::exists(manifest_path(folder_))) old_ = read_manifest(folder_);
    keeps_others_ = old_.layout == ShardLayout::compact && old_.settings == new_.settings;
  }

  void add_coin(std::string const& coin) {
    auto const path = find_raw_file(data_.raw, coin);
    auto const raw = read_candles(path, data_.on_bad_row);
    MONETA_REQUIRE(!raw.candles.empty(), data, "'{}' contains no candles. Fetch the coin again?",
                   path.string());
    auto const bars = make_coin_bars(raw.candles, data_);
    auto const times = decision_times(bars, data_);
    MONETA_REQUIRE(
        times, data,
        "'{}' has {} minutes in the latest {} days (the first window, its warm-up and its target need {}). Fetch more candles, raise data.days, or lower the steps in data.timeframes?",
        path.string(), bars.minutes.size(), data_.days, needed_minutes(data_));
    auto entries = write_months(coin, bars, *times);
    MONETA_REQUIRE(
        !entries.empty(), data,
        "'{}' gives no sample (in every window the share of bars without a trade is above {:g}). Raise data.max_filled_fraction?",
        path.string(), data_.max_filled_fraction);
    commit(coin, std::move(entries));
    auto const& filled = bars.minutes.filled;
    summary_.minutes += bars.minutes.size();
    summary_.filled_minutes += std::accumulate(filled.begin(), filled.end(), std::size_t{0});
    summary_.skipped_rows += raw.skipped_rows;
  }

  /// Removes the shards of coins that were not prepared now if they have other settings.
  PrepareSummary finish() {
    if (keeps_others_) return summary_;
    for (auto const& entry : old_.shards) {
      if (!prepared_.contains(entry.coin)) remove(entry);
    }
    return summary_;
  }

 private:
  std::vector<ManifestEntry> write_months(std::string const& coin, CoinBars const& bars,
                                          DecisionTimes const& times) {
    std::vector<ManifestEntry> entries;
    CommitBatch files;
    auto const stride = data_.stride_minutes * seconds_per_minute;
    for (auto const& month : split_into_months(times, stride)) {
      auto const digest = source_digest(bars, data_, coin, month);
      auto entry = find_unchanged(coin, utc_month(month.first_s), digest);
      bool const unchanged = entry.has_value();
      if (!unchanged) entry = write_month(coin, bars, month, digest, files);
      if (!entry) continue;  // every window of the month has too many filled bars
      auto const rows = std::accumulate(entry->rows.begin(), entry->rows.end(), std::size_t{0});
      ++(unchanged ? summary_.unchanged : summary_.written);
      summary_.samples += entry->samples;
      summary_.rows += rows;
      if (progress_) progress_({coin, entry->month, entry->samples, rows, unchanged});
      entries.push_back(std::move(*entry));
    }
    files.commit();
    return entries;
  }

  std::optional<ManifestEntry> find_unchanged(std::string const& coin, std::string const& month,
                                              std::string const& digest) const {
    if (old_.layout != ShardLayout::compact) return std::nullopt;
    for (auto const& entry : old_.shards) {
      bool const same = entry.coin == coin && entry.month == month && entry.source_digest == digest;
      if (same && is_intact(folder_, entry)) return entry;
    }
    return std::nullopt;
  }

  std::optional<ManifestEntry> write_month(std::string const& coin, CoinBars const& bars,
                                           DecisionTimes const& month, std::string const& digest,
                                           CommitBatch& files) {
    auto shard = build_month(bars, data_, coin, month);
    if (shard.samples() == 0) return std::nullopt;
    shard.source_digest = digest;
    auto const file = coin + "/" + shard.month + ".h5";
    create_folder(folder_ / coin);
    return make_entry(file, shard, write_shard(folder_ / file, shard, files));
  }

  /// Lists the coin's shards, then removes its old ones that are no longer listed: an interrupted
  /// run leaves at worst a file that is not listed.
  void commit(std::string const& coin, std::vector<ManifestEntry> entries) {
    prepared_.insert(coin);
    std::set<std::string> files;
    for (auto& entry : entries) {
      files.insert(entry.file);
      new_.shards.push_back(std::move(entry));
    }
    Manifest manifest = new_;
    for (auto const& entry : old_.shards) {
      if (keeps_others_ && !prepared_.contains(entry.coin)) manifest.shards.push_back(entry);
    }
    write_manifest(folder_, std::move(manifest));
    for (auto const& entry : old_.shards) {
      if (entry.coin == coin && !files.contains(entry.file)) remove(entry);
    }
  }

  void remove(ManifestEntry const& entry) {
    std::error_code error;
    auto const path = shard_path(folder_, entry);
    if (fs::remove(path, error)) ++summary_.removed;
    MONETA_REQUIRE(!error, disk, "cannot remove '{}' ({}). May this user write there?",
                   path.string(), error.message());
    fs::remove(path.parent_path(), error);  // fails unless the folder is empty
  }

  DataConfig const& data_;
  Progress const& progress_;
  fs::path folder_;
  Manifest old_, new_;
  bool keeps_others_ = false;
  std::set<std::string> prepared_;
  PrepareSummary summary_;
};

}  // namespace

PrepareSummary prepare_shards(Config const& config, Progress const& progress) {
  for (auto const& coin : config.coins) (void)find_raw_file(config.data.raw, coin);
  Preparation preparation(config, progress);
  for (auto const& coin : config.coins) {
    try {
      preparation.add_coin(coin);
    } catch (Error const& error) {
      throw error.within("coin " + coin);
    }
  }
  return preparation.finish();
}

}  // namespace moneta
