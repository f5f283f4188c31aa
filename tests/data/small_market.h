// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/prepare.h"
#include "data/quality_table.h"
#include "market/read_candles.h"
#include "market/synth.h"
#include "market/write_candles.h"
#include "support/scratch_folder.h"

namespace moneta {

/// Two artificial coins over six days around the end of a month, and a small config that uses
/// everything: two timeframes, a stride, empty minutes. All files are in a folder of its own.
struct SmallMarket {
  ScratchFolder folder;
  Config config;

  SmallMarket() {
    config.coins = {"KRW-BTC", "KRW-ETH"};
    config.data.raw = (folder / "raw").string();
    config.data.shards = (folder / "shards").string();
    config.data.days = 6;
    config.data.timeframes = {{"1m", 1, 16}, {"5m", 5, 6}};
    std::filesystem::create_directory(config.data.raw);
    for (auto const& coin : config.coins) set_candles(coin, synthetic(coin));
  }

  static std::vector<Candle> synthetic(std::string const& coin, std::int64_t days = 6) {
    SynthSettings settings;
    settings.seed = 5;
    settings.start_s = 1'738'108'800;  // 2025-01-29
    settings.days = days;
    return make_synthetic_coin(settings, coin).candles;
  }

  std::filesystem::path raw(std::string const& coin) const {
    return std::filesystem::path(config.data.raw) / (coin + ".csv");
  }
  std::filesystem::path shard(std::string const& coin, std::string const& month) const {
    return std::filesystem::path(config.data.shards) / coin / (month + ".h5");
  }
  std::filesystem::path manifest() const {
    return std::filesystem::path(config.data.shards) / "manifest.json";
  }

  std::vector<Candle> candles(std::string const& coin) const {
    return read_candles(raw(coin), BadRows::error).candles;
  }
  void set_candles(std::string const& coin, std::vector<Candle> const& candles) const {
    write_candles(raw(coin), candles);
  }

  /// Throws Error (data) with the first problem if a coin failed.
  PrepareSummary prepare(PrepareOptions const& options = {}) const {
    auto summary = prepare_shards(config, {}, options);
    auto const failures = quality_failures(summary.coins);
    MONETA_REQUIRE(failures.empty(), data, "{}", failures.front());
    return summary;
  }
  PrepareSummary replace() const { return prepare({.on_other_shards = OnOtherShards::replace}); }
};

/// Replaces the first occurrence of `from` in a text file.
inline void replace_in_file(std::filesystem::path const& path, std::string const& from,
                            std::string const& to) {
  std::string text = read_bytes(path);
  auto const at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error(path.string() + " has no " + from);
  write_bytes(path, text.replace(at, from.size(), to));
}

}  // namespace moneta
