// SPDX-License-Identifier: Apache-2.0
#include "market/raw_store.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/version.h"
#include "io/commit_file.h"
#include "io/file.h"
#include "market/candle_range.h"
#include "market/raw_file.h"
#include "market/read_candles.h"
#include "market/symbol.h"
#include "market/write_candles.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_differences = 20;

bool is_artificial(CandleOrigin const& origin) { return origin.writer == "synth"; }

/// Throws unless the candles can be stored.
void require_storable(std::span<Candle const> candles, CandleOrigin const& origin, OpenPrice open) {
  for (std::size_t i = 0; i < candles.size(); ++i) {
    Candle const& each = candles[i];
    MONETA_REQUIRE(
        is_valid(each, open), data,
        "'{}' has the candle {} with open {}, high {}, low {}, close {} and volume {} (open and close must be between low and high, prices from {:g} to {:g}, and the volume from 0 to {:g}). Correct it?",
        origin.source, utc_text(each.time_s), each.open, each.high, each.low, each.close,
        each.volume, least_price, greatest_number, greatest_number);
    MONETA_REQUIRE(i == 0 || candles[i - 1].time_s < each.time_s, internal,
                   "candles of '{}' are out of order at {}", origin.source, utc_text(each.time_s));
  }
}

bool is_earlier(Candle const& candle, std::int64_t time_s) { return candle.time_s < time_s; }

/// The candles that a merge added or put in place of others.
struct Changed {
  std::size_t candles = 0;
  Candle first, last;

  /// Adds later candles.
  void add(std::span<Candle const> more) {
    if (more.empty()) return;
    if (candles == 0) first = more.front();
    last = more.back();
    candles += more.size();
  }
};

/// Merges `offered` into `stored`; counts into `result` and `changed`.
void merge_into(std::vector<Candle>& stored, std::span<Candle const> offered,
                OnDifference on_difference, MergeResult& result, Changed& changed) {
  if (offered.empty()) return;
  if (stored.empty() || stored.back().time_s < offered.front().time_s) {
    stored.insert(stored.end(), offered.begin(), offered.end());
    result.added += offered.size();
    changed.add(offered);
    return;
  }
  std::size_t const changed_before = changed.candles;
  std::vector<Candle> merged;
  merged.reserve(stored.size() + offered.size());
  auto next = stored.cbegin();
  for (Candle const& candle : offered) {
    auto const from = next;
    next = std::lower_bound(from, stored.cend(), candle.time_s, is_earlier);
    merged.insert(merged.end(), from, next);
    if (next == stored.cend() || next->time_s != candle.time_s) {
      ++result.added;
    } else if (*next == candle) {
      ++result.equal;
      continue;
    } else {
      ++result.different;
      if (result.differences.size() < most_differences) {
        result.differences.push_back({*next, candle});
      }
      if (on_difference == OnDifference::keep) continue;
      ++next;
    }
    merged.push_back(candle);
    changed.add(std::span(&candle, 1));
  }
  merged.insert(merged.end(), next, stored.cend());
  if (changed.candles > changed_before) stored = std::move(merged);
}

}  // namespace

void require_coin_name(std::string const& coin) {
  auto const is_plain = [](char each) {
    return (each >= 'A' && each <= 'Z') || (each >= 'a' && each <= 'z') ||
           (each >= '0' && each <= '9');
  };
  bool is_name = !coin.empty() && coin.size() <= 100 && is_plain(coin.front());
  for (char const each : coin) {
    is_name = is_name && (is_plain(each) || each == '.' || each == '_' || each == '-');
  }
  MONETA_REQUIRE(
      is_name, config,
      "the coin '{}' cannot be the name of a file (letters, digits, '.', '_' and '-' can, and it starts with a letter or digit). Choose another name?",
      sanitized(coin));
}

RawCoin::RawCoin(fs::path const& folder, std::string const& coin, std::int64_t interval_minutes,
                 WithoutSidecar without_sidecar)
    : file_(candle_path(folder, coin, interval_minutes)),
      sidecar_(source_record_path(folder, coin, interval_minutes)) {
  require_coin_name(coin);
  std::string const name = file_.filename().string();
  auto const existing = existing_raw_file(folder, name.substr(0, name.size() - 7));  // ".csv.gz"
  auto record = read_source_record(sidecar_);
  has_file_ = existing.has_value();
  if (has_file_ && !record && *existing == file_ && without_sidecar == WithoutSidecar::artificial) {
    adopt_artificial_file();
  } else if (has_file_) {
    MONETA_REQUIRE(
        record && *existing == file_, data,
        "'{}' was not written by this program, or its record of sources, '{}', was deleted (files of others are never changed). Choose another folder, or make a new one from it with `moneta import {} --to NEW_FOLDER`?",
        existing->string(), sidecar_.filename().string(), existing->string());
    MONETA_REQUIRE(record->coin == coin && record->interval_minutes == interval_minutes, data,
                   "'{}' is the record of {} with bars of {} min. Was it renamed?",
                   sidecar_.string(), sanitized(record->coin), record->interval_minutes);
    record_ = std::move(*record);
    verify_file();
  }
  record_.coin = coin;
  record_.interval_minutes = interval_minutes;
  next_ = record_.state;
}

/// Finds out which of the versions in the sidecar is in place, and throws if it is none of them.
void RawCoin::verify_file() {
  std::error_code ignored;
  std::uint64_t const bytes = fs::file_size(file_, ignored);
  std::string const sha256 = digest_of_file(file_);
  auto const is_in_place = [&](CandleFileState const& state) {
    return state.bytes == bytes && state.sha256 == sha256;
  };
  if (record_.next && is_in_place(*record_.next)) record_.state = std::move(*record_.next);
  record_.next.reset();
  MONETA_REQUIRE(
      is_in_place(record_.state), data,
      "'{}' was changed or damaged since this program wrote it (it has {} bytes and the SHA-256 {}; '{}' has {} and {}). Restore it, or make a new folder from it with `moneta import {} --to NEW_FOLDER`?",
      file_.string(), bytes, sha256, sidecar_.filename().string(), record_.state.bytes,
      sanitized(record_.state.sha256), file_.string());
}

/// Makes the state of a file that `moneta synth` wrote without a sidecar.
void RawCoin::adopt_artificial_file() {
  rewrite_ = true;
  CandleFileState& state = record_.state;
  std::error_code ignored;
  state.bytes = fs::file_size(file_, ignored);
  state.sha256 = digest_of_file(file_);
  state.artificial = true;
  auto const& candles = in_file();
  if (candles.empty()) return;
  state.candles = candles.size();
  state.first = candles.front();
  state.newest = candles.back();
}

std::optional<StoredCandles> RawCoin::stored() const {
  if (next_.candles == 0) return std::nullopt;
  return StoredCandles{next_.candles, next_.first, next_.newest};
}

/// Bars of more than a minute are for other tools and stay as they are.
OpenPrice RawCoin::open_price() const {
  return record_.interval_minutes == 1 ? OpenPrice::in_range : OpenPrice::any;
}

/// The candles of the file, with changes.
std::vector<Candle>& RawCoin::in_file() {
  if (!in_file_) {
    in_file_.emplace();
    if (has_file_) *in_file_ = read_candles(file_, BadRows::error, {.open = open_price()}).candles;
  }
  return *in_file_;
}

void RawCoin::require_origin(CandleOrigin const& origin) const {
  if (next_.candles == 0) return;
  MONETA_REQUIRE(next_.artificial == is_artificial(origin), data,
                 "'{}' has {} candles (those of '{}' are {}). Choose another folder?",
                 file_.string(), next_.artificial ? "artificial" : "real", origin.source,
                 is_artificial(origin) ? "artificial" : "real");
  // Without an exchange, the same market may have several symbols.
  if (next_.exchange.empty() || origin.exchange.empty()) return;
  bool const is_same =
      next_.exchange == origin.exchange && (next_.market.empty() || origin.market.empty() ||
                                            is_same_symbol(next_.market, origin.market));
  auto const name = [](std::string const& exchange, std::string const& market) {
    return market.empty() ? exchange : exchange + ' ' + market;
  };
  MONETA_REQUIRE(
      is_same, data,
      "'{}' has candles of {} (those of '{}' are of {}). Choose another folder, or another name for the coin?",
      file_.string(), name(next_.exchange, next_.market), origin.source,
      name(origin.exchange, origin.market));
}

void RawCoin::add_span(CandleOrigin const& origin, std::size_t candles, std::int64_t first_s,
                       std::int64_t last_s) {
  next_.artificial = is_artificial(origin);
  if (next_.exchange.empty()) next_.exchange = origin.exchange;
  if (next_.market.empty()) next_.market = origin.market;
  if (!next_.spans.empty()) {
    // A source that is continued, like an exchange every day, remains one span.
    SourceSpan const& last = next_.spans.back();
    bool const is_continued = last.writer == origin.writer && last.source == origin.source &&
                              last.form == origin.form && last.last_s < first_s;
    if (is_continued) {
      first_s = last.first_s;
      candles += last.candles;
      next_.spans.pop_back();
    }
  }
  next_.spans.push_back({origin.writer, origin.source, origin.form, first_s, last_s, candles,
                         now_s(), version_text()});
}

MergeResult RawCoin::merge(std::span<Candle const> candles, CandleOrigin const& origin,
                           OnDifference on_difference) {
  require_storable(candles, origin, open_price());
  require_origin(origin);
  MergeResult result;
  Changed changed;
  std::int64_t const newest_s = record_.state.candles == 0 ? -1 : record_.state.newest.time_s;
  auto const later = std::lower_bound(candles.begin(), candles.end(), newest_s + 1, is_earlier);
  if (later != candles.begin()) {
    merge_into(in_file(), {candles.begin(), later}, on_difference, result, changed);
    rewrite_ = rewrite_ || changed.candles > 0;
  }
  merge_into(appended_, {later, candles.end()}, on_difference, result, changed);
  if (changed.candles == 0) return result;
  add_span(origin, changed.candles, changed.first.time_s, changed.last.time_s);
  bool const is_first = next_.candles == 0;
  if (is_first || changed.first.time_s <= next_.first.time_s) next_.first = changed.first;
  if (is_first || changed.last.time_s >= next_.newest.time_s) next_.newest = changed.last;
  next_.candles += result.added;
  return result;
}

void RawCoin::replace_all(std::span<Candle const> candles, CandleOrigin const& origin) {
  require_storable(candles, origin, open_price());
  require_origin(origin);
  auto& stored = in_file();
  bool const is_equal = std::equal(stored.begin(), stored.end(), candles.begin(), candles.end());
  if (is_equal && has_file_ && !is_changed()) return;
  stored.assign(candles.begin(), candles.end());
  appended_.clear();
  rewrite_ = true;
  next_ = {};
  if (candles.empty()) return;
  add_span(origin, candles.size(), candles.front().time_s, candles.back().time_s);
  next_.candles = candles.size();
  next_.first = candles.front();
  next_.newest = candles.back();
}

/// Writes the new version of the candle file.
void RawCoin::write_candle_file(fs::path const& temporary) {
  auto file = has_file_ && !rewrite_ ? LineWriter(temporary, TextFormat::gzip, file_)
                                     : LineWriter(temporary, TextFormat::gzip);
  if (!has_file_ || rewrite_) {
    file.write(candle_header);
    write_rows(file, in_file());
  }
  write_rows(file, appended_);
  file.close();
}

bool RawCoin::write() {
  if (!is_changed()) return false;
  // A crash leaves the old candle file with a sidecar that also names the new one, or the new one
  // with that sidecar: the next call recognizes either.
  commit_file(
      file_, [&](fs::path const& temporary) { write_candle_file(temporary); },
      [&](fs::path const& temporary) {
        std::error_code ignored;
        next_.bytes = fs::file_size(temporary, ignored);
        next_.sha256 = digest_of_file(temporary);
        SourceRecord both = record_;
        if (has_file_) {
          both.next = next_;
        } else {
          both.state = next_;
        }
        write_source_record(sidecar_, both);
      });
  record_.state = next_;
  if (has_file_) write_source_record(sidecar_, record_);
  return true;
}

std::optional<StoredCandles> stored_candles(fs::path const& folder, std::string const& coin) {
  return RawCoin(folder, coin).stored();
}

MergeResult merge_candles(fs::path const& folder, std::string const& coin,
                          std::span<Candle const> candles, CandleOrigin const& origin,
                          std::int64_t interval_minutes, OnDifference on_difference) {
  RawCoin stored(folder, coin, interval_minutes);
  MergeResult result = stored.merge(candles, origin, on_difference);
  stored.write();
  return result;
}

}  // namespace moneta
