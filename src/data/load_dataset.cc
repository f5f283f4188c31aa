// SPDX-License-Identifier: Apache-2.0
#include "data/load_dataset.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "data/compact_source.h"
#include "data/dense_source.h"
#include "data/manifest.h"
#include "data/read_shard.h"
#include "data/split.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

void check_digest(fs::path const& path, ManifestEntry const& entry) {
  auto const digest = digest_of_file(path);
  MONETA_REQUIRE(
      digest == entry.sha256, data,
      "shard '{}' is damaged (its digest {}... is not the manifest's {}...). Run 'moneta prepare' again?",
      path.string(), digest.substr(0, 12), entry.sha256.substr(0, 12));
}

/// Checks that the shard matches the manifest and the config, and puts its timeframes into the
/// order of the config.
void check_shard(fs::path const& path, ManifestEntry const& entry, ShardLayout layout,
                 DataConfig const& data, Shard& shard) {
  auto const require = [&](auto const& found, auto const& expected, char const* what) {
    MONETA_REQUIRE(found == expected, data,
                   "shard '{}' has {} {} ({} is expected). Run 'moneta prepare' again?",
                   path.string(), what, sanitized(fmt::format("{}", found)), expected);
  };
  require(std::string(to_string(shard.layout)), std::string(to_string(layout)), "layout");
  require(shard.coin, entry.coin, "market");
  require(shard.month, entry.month, "month");
  require(shard.samples(), entry.samples, "samples");
  require(shard.source_digest, entry.source_digest, "source digest");
  require(shard.horizon_minutes, data.horizon_minutes, "horizon_minutes");
  std::vector<ShardTimeframe> ordered;
  for (auto const& wanted : data.timeframes) {
    auto const found = std::find_if(shard.timeframes.begin(), shard.timeframes.end(),
                                    [&](auto const& each) { return each.name == wanted.name; });
    MONETA_REQUIRE(found != shard.timeframes.end(), data,
                   "shard '{}' has no timeframe '{}'. Run 'moneta prepare' again?", path.string(),
                   wanted.name);
    require(found->minutes, wanted.minutes, (wanted.name + " minutes").c_str());
    require(found->steps, wanted.steps, (wanted.name + " window_steps").c_str());
    ordered.push_back(std::move(*found));
  }
  shard.timeframes = std::move(ordered);
}

void append(fs::path const& path, Shard const& shard, CoinDataset& dataset) {
  MONETA_REQUIRE(
      dataset.time_s.empty() || dataset.time_s.back() < shard.time_s.front(), data,
      "shard '{}' begins at {} (the previous shard overlaps it). Run 'moneta prepare' again?",
      path.string(), utc_text(shard.time_s.front()));
  dataset.time_s.insert(dataset.time_s.end(), shard.time_s.begin(), shard.time_s.end());
  dataset.close.insert(dataset.close.end(), shard.close.begin(), shard.close.end());
  dataset.target.insert(dataset.target.end(), shard.target.begin(), shard.target.end());
}

/// Converts rows [K] from the manifest's order of timeframes to that of the config.
std::vector<std::size_t> ordered_rows(Manifest const& manifest, DataConfig const& data,
                                      std::vector<std::size_t> const& rows) {
  std::vector<std::size_t> ordered;
  for (auto const& wanted : data.timeframes) {
    std::size_t k = 0;
    for (auto const& [name, steps] : manifest.settings.at("timeframes").items()) {
      if (name == wanted.name) ordered.push_back(rows.at(k));
      ++k;
    }
  }
  return ordered;
}

Manifest read_fitting_manifest(Config const& config) {
  auto manifest = read_manifest(config.data.shards);
  require_same_settings(manifest, config.data);
  return manifest;
}

/// Reads the coin's shards into `dataset` and calls `add` to give each to the source. Returns the
/// last rows of all windows, [K][S,F].
template <class Source, class Add>
std::vector<std::vector<float>> fill(Config const& config, Manifest const& manifest,
                                     CoinDataset& dataset, Add const& add) {
  fs::path const folder = config.data.shards;
  auto source = std::make_unique<Source>(config.data.timeframes);
  for (auto const& entry : shards_of(manifest, folder, dataset.coin)) {
    auto const path = shard_path(folder, entry);
    check_file_size(folder, entry);
    check_digest(path, entry);
    auto shard = read_shard(path);
    check_shard(path, entry, manifest.layout, config.data, shard);
    append(path, shard, dataset);
    add(*source, path, shard);
  }
  std::vector<std::vector<float>> last_rows;
  for (std::size_t k = 0; k < config.data.timeframes.size(); ++k) {
    last_rows.push_back(source->last_rows(k));
  }
  dataset.source = std::move(source);
  return last_rows;
}

}  // namespace

std::vector<CoinSizes> check_shards(Config const& config) {
  auto const manifest = read_fitting_manifest(config);
  std::vector<CoinSizes> all;
  for (auto const& coin : config.coins) {
    CoinSizes sizes;
    sizes.coin = coin;
    sizes.digest = dataset_digest(manifest, coin);
    sizes.rows.resize(config.data.timeframes.size());
    for (auto const& entry : shards_of(manifest, config.data.shards, coin)) {
      check_file_size(config.data.shards, entry);
      sizes.samples += entry.samples;
      auto const rows = ordered_rows(manifest, config.data, entry.rows);
      for (std::size_t k = 0; k < rows.size(); ++k) sizes.rows[k] += rows[k];
    }
    all.push_back(std::move(sizes));
  }
  return all;
}

DatedSplit load_split(Config const& config, std::string const& coin) {
  auto const manifest = read_fitting_manifest(config);
  fs::path const folder = config.data.shards;
  std::vector<std::int64_t> time_s;
  for (auto const& entry : shards_of(manifest, folder, coin)) {
    auto const path = shard_path(folder, entry);
    check_file_size(folder, entry);
    check_digest(path, entry);
    auto const shard = read_shard_frame(H5File::open(path));
    time_s.insert(time_s.end(), shard.time_s.begin(), shard.time_s.end());
  }
  try {
    Split const split = split_by_time(time_s, config.data);
    return {split, split_dates(time_s, split)};
  } catch (Error const& error) {
    throw error.within("coin " + coin);
  }
}

CoinDataset load_dataset(Config const& config, std::string const& coin) {
  auto const manifest = read_fitting_manifest(config);
  CoinDataset dataset;
  dataset.coin = coin;
  dataset.digest = dataset_digest(manifest, coin);
  for (auto const& frame : config.data.timeframes) dataset.steps.push_back(frame.steps);
  auto const last_rows =
      manifest.layout == ShardLayout::compact
          ? fill<CompactSource>(
                config, manifest, dataset,
                [](auto& source, auto const&, auto const& shard) { source.add(shard); })
          : fill<DenseSource>(config, manifest, dataset,
                              [](auto& source, auto const& path, auto const& shard) {
                                source.add(path, shard.samples());
                              });
  try {
    dataset.split = split_by_time(dataset.time_s, config.data);
    dataset.scaler = fit_scaler(last_rows, dataset.target, dataset.split.train);
  } catch (Error const& error) {
    throw error.within("coin " + coin);
  }
  return dataset;
}

}  // namespace moneta
