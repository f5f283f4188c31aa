// SPDX-License-Identifier: Apache-2.0
#include "fetch/coin_download.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/time.h"
#include "market/raw_store.h"

namespace moneta {
namespace {

/// A candle may still change for a moment after its minute.
constexpr std::int64_t settling_s = 5;

std::int64_t minute_of(std::int64_t time_s) { return time_s - time_s % seconds_per_minute; }

std::int64_t minutes_in(std::int64_t from_s, std::int64_t to_s) {
  return (to_s - from_s) / seconds_per_minute;
}

}  // namespace

MinuteRange missing_minutes(std::optional<std::int64_t> newest_stored_s, std::int64_t days,
                            std::int64_t date_s) {
  MinuteRange range;
  range.to_s = minute_of(date_s - settling_s);
  range.from_s = newest_stored_s ? *newest_stored_s + seconds_per_minute
                                 : std::max<std::int64_t>(0, range.to_s - days * seconds_per_day);
  return range;
}

CoinDownload::CoinDownload(Exchange const& exchange, ExchangeClient& client, Config const& config,
                           std::string const& coin, FetchObserver& observer)
    : exchange_(exchange),
      folder_(config.data.raw),
      days_(config.data.days),
      observer_(observer),
      result_{coin, 0, {}, {}, {}, false},
      pages_(exchange, client, exchange.market_of(coin), config.data.on_bad_row,
             [this](std::string const& sentence) {
               observer_.on_warning(result_.coin, "left out a bad candle, " + sentence);
             }),
      origin_{"fetch", client.url(), exchange.name() + " minute candles (REST)", exchange.id(),
              pages_.market()} {}

FolderLock CoinDownload::lock() const {
  return FolderLock(
      folder_, [this](std::string const& sentence) { observer_.on_note(result_.coin, sentence); });
}

/// Reads what is stored, which must be of this market.
void CoinDownload::find_stored_candles() {
  bool const is_writable = ::access(folder_.c_str(), W_OK | X_OK) == 0;
  std::optional<FolderLock> held;
  if (is_writable) held.emplace(lock());
  RawCoin const coin(folder_, result_.coin);
  coin.require_origin(origin_);
  if (auto const stored = coin.stored()) result_.newest_s = stored->newest.time_s;
}

/// Finds the minutes to download, up to the exchange's newest complete candle. Returns false if a
/// stop was requested.
bool CoinDownload::find_missing_minutes() {
  find_stored_candles();
  auto const newest = pages_.newest();
  if (!newest) return false;
  if (!newest->times.empty()) exchange_newest_s_ = newest->times.back();
  missing_ = missing_minutes(result_.newest_s, days_, pages_.date_s());
  missing_.to_s = std::min(missing_.to_s, exchange_newest_s_ + seconds_per_minute);
  return true;
}

/// Pages back from the end of the chunk to the newest stored candle, or else to the beginning of
/// the chunk or the first candle of the market.
CoinDownload::Candles CoinDownload::download_backwards(MinuteRange const& chunk) {
  std::int64_t const from_s =
      result_.newest_s ? *result_.newest_s + seconds_per_minute : chunk.from_s;
  std::vector<Candle> newest_first;
  for (std::int64_t to_s = chunk.to_s; to_s > from_s;) {
    auto const count = static_cast<std::size_t>(minutes_in(from_s, to_s));
    auto const page =
        to_s == chunk.to_s ? pages_.before(to_s, count) : pages_.before_candle(to_s, count);
    if (!page) return std::nullopt;
    if (page->times.empty()) {
      MONETA_REQUIRE(!result_.newest_s && exchange_newest_s_ >= to_s, data,
                     "{} sent no candles before {} (it has sent earlier ones). Start again?",
                     exchange_.name(), utc_text(to_s));
      reached_first_candle_ = true;
      break;
    }
    for (auto candle = page->candles.rbegin(); candle != page->candles.rend(); ++candle) {
      if (candle->time_s >= from_s) newest_first.push_back(*candle);
    }
    to_s = page->times.front();
    report(chunk, minutes_in(std::max(to_s, chunk.from_s), chunk.to_s));
  }
  return std::vector<Candle>(newest_first.rbegin(), newest_first.rend());
}

/// The first page of a download, which asked for candles from `from_s` on, begins with a candle of
/// `first_s`. If that is later, finds out whether it is the first candle of the market. Returns
/// false if a stop was requested.
bool CoinDownload::check_beginning(std::int64_t from_s, std::int64_t first_s) {
  if (first_s == from_s) return true;
  auto const first = pages_.first();
  if (!first) return false;
  MONETA_REQUIRE(
      !first->times.empty() && first->times.front() <= first_s, data,
      "{} sent candles from {} on (those from {} on were requested, and it does not send its first one). Is fetch.url right?",
      exchange_.name(), utc_text(first_s), utc_text(from_s));
  reached_first_candle_ = first->times.front() == first_s;
  return true;
}

/// Pages from the beginning of the chunk to its end. The exchange has a candle at the end of the
/// missing minutes or later, so no page is empty.
CoinDownload::Candles CoinDownload::download_forwards(MinuteRange const& chunk) {
  std::vector<Candle> candles;
  for (std::int64_t from_s = chunk.from_s; from_s < chunk.to_s;) {
    auto const page =
        last_received_s_ ? pages_.after_candle(*last_received_s_) : pages_.from(from_s);
    if (!page) return std::nullopt;
    MONETA_REQUIRE(!page->times.empty(), data,
                   "{} sent no candles from {} on (it has sent later ones). Start again?",
                   exchange_.name(), utc_text(from_s));
    if (!last_received_s_ && !check_beginning(from_s, page->times.front())) return std::nullopt;
    for (Candle const& candle : page->candles) {
      if (candle.time_s < chunk.to_s) candles.push_back(candle);
    }
    from_s = page->times.back() + seconds_per_minute;
    for (std::int64_t const time_s : page->times) {
      if (time_s < chunk.to_s) last_received_s_ = time_s;
    }
    report(chunk, minutes_in(chunk.from_s, std::min(from_s, chunk.to_s)));
  }
  return candles;
}

void CoinDownload::store(std::vector<Candle> const& candles) {
  if (candles.empty()) return;
  FolderLock const held = lock();
  MergeResult const merged =
      merge_candles(folder_, result_.coin, candles, origin_, 1, OnDifference::keep);
  if (merged.different > 0) {
    observer_.on_warning(
        result_.coin,
        fmt::format("{} candles were stored by another program with other numbers, which remain",
                    merged.different));
  }
  if (!result_.newest_s && reached_first_candle_) result_.listed_s = candles.front().time_s;
  result_.added += merged.added;
  result_.newest_s = std::max(result_.newest_s.value_or(0), candles.back().time_s);
}

/// `minutes_done` are those of the chunk that is being downloaded.
void CoinDownload::report(MinuteRange const& chunk, std::int64_t minutes_done) {
  auto const all = static_cast<double>(missing_.to_s - missing_.from_s);
  auto const done = chunk.from_s - missing_.from_s + minutes_done * seconds_per_minute;
  observer_.on_progress(
      {result_.coin, static_cast<double>(done) / all, result_.added, chunk.from_s});
}

void CoinDownload::run() {
  result_.stopped = !find_missing_minutes();
  if (result_.stopped || missing_.empty()) return;
  std::int64_t const chunk_s = exchange_.chunk_minutes() * seconds_per_minute;
  for (std::int64_t from_s = missing_.from_s; from_s < missing_.to_s; from_s += chunk_s) {
    MinuteRange const chunk{from_s, std::min(from_s + chunk_s, missing_.to_s)};
    auto const candles = exchange_.paging() == Paging::backwards ? download_backwards(chunk)
                                                                 : download_forwards(chunk);
    result_.stopped = !candles;
    if (!candles) return;
    store(*candles);
    report(chunk, minutes_in(chunk.from_s, chunk.to_s));
  }
}

}  // namespace moneta
