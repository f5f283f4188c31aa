// SPDX-License-Identifier: Apache-2.0
#include "fetch/candle_pages.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/time.h"

namespace moneta {
namespace {

/// Removes the candles that are not in [from_s, to_s).
void keep_only(CheckedPage& page, std::int64_t from_s, std::int64_t to_s) {
  std::erase_if(page.times, [=](std::int64_t time_s) { return time_s < from_s || time_s >= to_s; });
  std::erase_if(page.candles, [=](Candle const& candle) {
    return candle.time_s < from_s || candle.time_s >= to_s;
  });
}

}  // namespace

CandlePages::CandlePages(Exchange const& exchange, ExchangeClient& client, std::string market,
                         BadRows on_bad_row, std::function<void(std::string const&)> left_out)
    : exchange_(exchange),
      client_(client),
      market_(std::move(market)),
      on_bad_row_(on_bad_row),
      left_out_(std::move(left_out)) {}

CandlePages::Page CandlePages::get(std::string const& path) {
  auto const reply = client_.get(path, market_);
  if (!reply) return std::nullopt;
  date_s_ = reply->date_s;
  CheckedPage page = check_page(exchange_.parse_page(reply->body, market_), on_bad_row_);
  for (std::string const& sentence : page.left_out) left_out_(sentence);
  return page;
}

CandlePages::Page CandlePages::get(PageRequest const& request) {
  std::string const path = exchange_.page_path(market_, request);
  Page page = get(path);
  return page && page->times.empty() ? get(path) : page;
}

CandlePages::Page CandlePages::newest() { return get(exchange_.newest_path(market_)); }

CandlePages::Page CandlePages::first() { return get(PageRequest{0, 0, 1}); }

void CandlePages::require_repeated(CheckedPage const& page, std::int64_t time_s) const {
  MONETA_REQUIRE(
      std::binary_search(page.times.begin(), page.times.end(), time_s), data,
      "{} did not repeat its candle of {} in the next page (so candles between the pages may be missing). Is fetch.url right?",
      exchange_.name(), utc_text(time_s));
}

CandlePages::Page CandlePages::before(std::int64_t to_s, std::size_t count) {
  Page page = get(PageRequest{0, to_s, std::min(count, exchange_.page_candles())});
  if (!page || page->times.empty()) return page;
  MONETA_REQUIRE(
      page->times.front() < to_s, data,
      "{} sent candles from {} on (only those before {} were requested). Is fetch.url right?",
      exchange_.name(), utc_text(page->times.front()), utc_text(to_s));
  keep_only(*page, 0, to_s);
  return page;
}

CandlePages::Page CandlePages::before_candle(std::int64_t time_s, std::size_t count) {
  Page page = get(
      PageRequest{0, time_s + seconds_per_minute, std::min(count + 1, exchange_.page_candles())});
  if (!page) return page;
  require_repeated(*page, time_s);
  keep_only(*page, 0, time_s);
  // Nothing but the repeated candle: it is the first one, or the page is shorter than requested.
  return page->times.empty() ? before(time_s, count) : page;
}

CandlePages::Page CandlePages::from(std::int64_t from_s) {
  Page page = get(PageRequest{from_s, 0, exchange_.page_candles()});
  if (page) keep_only(*page, from_s, year_10000_s);
  return page;
}

CandlePages::Page CandlePages::after_candle(std::int64_t time_s) {
  Page page = get(PageRequest{time_s, 0, exchange_.page_candles()});
  if (!page) return page;
  require_repeated(*page, time_s);
  std::int64_t const next_s = time_s + seconds_per_minute;
  keep_only(*page, next_s, year_10000_s);
  return page->times.empty() ? from(next_s) : page;
}

}  // namespace moneta
