// SPDX-License-Identifier: Apache-2.0
#include "data/prepare_coin.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "data/month.h"
#include "data/price_check.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

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

/// None if every window of the month has too many filled bars.
std::optional<ManifestEntry> write_month(std::string const& coin, CoinBars const& bars,
                                         DecisionTimes const& month, std::string const& digest,
                                         DataConfig const& data, ShardFolder& folder,
                                         CommitBatch& batch) {
  auto shard = build_month(bars, data, coin, month);
  if (shard.samples() == 0) return std::nullopt;
  shard.source_digest = digest;
  return folder.write(shard, batch);
}

void write_months(PreparedCoin& prepared, std::string const& coin, CoinBars const& bars,
                  DecisionTimes const& times, DataConfig const& data, ShardFolder& folder,
                  CommitBatch& batch) {
  auto const stride = data.stride_minutes * seconds_per_minute;
  for (auto const& month : split_into_months(times, stride)) {
    auto const digest = source_digest(bars, data, coin, month);
    auto entry = folder.find_unchanged(coin, utc_month(month.first_s), digest);
    bool const unchanged = entry.has_value();
    if (!unchanged) entry = write_month(coin, bars, month, digest, data, folder, batch);
    if (!entry) continue;
    prepared.months.push_back(describe_month(*entry, unchanged));
    prepared.quality.samples += entry->samples;
    prepared.entries.push_back(std::move(*entry));
  }
}

/// The candles of the days that are used. Throws if there are none.
std::span<Candle const> used_candles(RawCandles const& raw, fs::path const& path,
                                     std::int64_t end_s, DataConfig const& data) {
  auto const used = candles_of_days(raw.candles, data, end_s);
  MONETA_REQUIRE(
      !used.empty(), data,
      "'{}' has no candle in the {} days before {} (its candles are from {} to {}). Fetch the coin again, or change data.end?",
      path.string(), data.days, utc_text(end_s), utc_text(raw.candles.front().time_s),
      utc_text(raw.candles.back().time_s));
  return used;
}

PreparedCoin too_new(std::string const& coin, std::int64_t first_s, std::int64_t end_s,
                     std::string problem) {
  PreparedCoin prepared;
  prepared.quality.coin = coin;
  prepared.quality.state = DataState::too_new;
  prepared.quality.first_time_s = first_s;
  prepared.quality.end_s = end_s;
  prepared.quality.problem = std::move(problem);
  return prepared;
}

/// A coin without a sample: one that is too new, or an error if the settings or the file are wrong.
PreparedCoin without_samples(std::string const& coin, fs::path const& path, RawCandles const& raw,
                             CoinBars const& bars, DataConfig const& data) {
  auto const needed = needed_minutes(data);
  auto const problem = fmt::format(
      "'{}' has {} minutes in the latest {} days (the first window, its warm-up and its target need {})",
      path.string(), bars.minutes.size(), data.days, needed);
  constexpr std::int64_t minutes_per_day = seconds_per_day / seconds_per_minute;
  MONETA_REQUIRE(needed <= data.days * minutes_per_day, data,
                 "{}. Raise data.days, or lower the steps in data.timeframes?", problem);
  MONETA_REQUIRE(raw.candles.front().time_s >= bars.minutes.first_time_s, data,
                 "{}. Fetch the later candles, or change data.end?", problem);
  auto const first_s = bars.minutes.first_time_s;
  return too_new(
      coin, first_s, first_s + static_cast<std::int64_t>(bars.minutes.size()) * seconds_per_minute,
      fmt::format(
          "{}. It will have samples from {} on and is left out until then. Fetch earlier candles, if there are any?",
          problem, utc_text(first_target_s(first_s, data))));
}

}  // namespace

PreparedMonth describe_month(ManifestEntry const& entry, bool unchanged) {
  auto const rows = std::accumulate(entry.rows.begin(), entry.rows.end(), std::size_t{0});
  return {entry.coin, entry.month, entry.samples, rows, unchanged};
}

PreparedCoin prepare_coin(std::string const& coin, fs::path const& path, RawCandles raw,
                          std::int64_t end_s, DataConfig const& data, ShardFolder& folder) {
  auto const first_s = raw.candles.front().time_s;
  if (first_s >= end_s) {
    return too_new(
        coin, first_s, end_s,
        fmt::format(
            "'{}' begins at {}, and the data of all coins end at {}. It will have samples from {} on and is left out until then. Fetch the other coins again?",
            path.string(), utc_text(first_s), utc_text(end_s),
            utc_text(first_target_s(first_s, data))));
  }
  auto const candles = used_candles(raw, path, end_s, data);
  auto const lines = std::span(raw.lines).subspan(
      static_cast<std::size_t>(candles.data() - raw.candles.data()), candles.size());
  check_prices(candles, lines, path, data.max_price_step);
  // A later candle shows that the last minutes before the end had no trade.
  bool const is_cut = raw.candles.back().time_s >= end_s;
  auto bars = make_coin_bars(candles, data, is_cut ? end_s : 0);
  auto const times = decision_times(bars, data);
  if (!times) return without_samples(coin, path, raw, bars, data);
  auto const usable = usable_times(bars, data, *times);
  PreparedCoin prepared;
  prepared.quality = measure_quality(coin, candles, bars, *times, usable, data);
  prepared.quality.skipped = std::move(raw.skipped);
  auto warnings = warnings_of(candles, prepared.quality);
  raw = {};  // the bars suffice from here on
  CommitBatch batch;
  write_months(prepared, coin, bars, *times, data, folder, batch);
  bars = {};  // waiting for the disk needs none
  batch.commit();
  MONETA_REQUIRE(
      !prepared.entries.empty(), data,
      "'{}' gives no sample (in every window the share of bars without a trade is above {:g}; {} of {} minutes have none). Is the file complete? Fetch the coin again, or raise data.max_filled_fraction?",
      path.string(), data.max_filled_fraction, prepared.quality.filled_minutes,
      prepared.quality.minutes);
  prepared.quality.left_out_not_finite = usable.size() - prepared.quality.samples;
  add_warnings(prepared.quality, std::move(warnings));
  return prepared;
}

}  // namespace moneta
