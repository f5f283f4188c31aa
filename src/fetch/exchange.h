// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/config.h"
#include "market/candle.h"

namespace moneta {

/// The order in which an exchange pages through the past.
enum class Paging {
  backwards,  ///< a page has the newest candles before a time
  forwards,   ///< a page has the oldest candles from a time on
};

/// The candles that a page is asked for. Paging backwards does not use `from_s`, and paging
/// forwards does not use `to_s`.
struct PageRequest {
  std::int64_t from_s = 0, to_s = 0;  ///< candles whose start is in [from_s, to_s)
  std::size_t count = 1;              ///< candles in the page, at most `page_candles`
};

/// What an exchange says in the body of a response that is an error.
struct Refusal {
  bool unknown_market = false;
  std::string message;  ///< its own words, safe to print
};

using HttpHeaders = std::map<std::string, std::string>;  ///< by name in lower case

/// The protocol of the REST API of an exchange, for spot candles of one minute. It sends nothing.
class Exchange {
 public:
  Exchange() = default;
  Exchange(Exchange const&) = delete;
  Exchange& operator=(Exchange const&) = delete;
  virtual ~Exchange() = default;

  virtual std::string id() const = 0;          ///< "upbit"
  virtual std::string name() const = 0;        ///< "Upbit"
  virtual std::string public_url() const = 0;  ///< base URL, without a slash at the end
  virtual Paging paging() const = 0;
  virtual std::size_t page_candles() const = 0;  ///< the most candles in a page
  /// The minutes that are downloaded before they are stored: some dozen pages, since storing costs
  /// time as well.
  virtual std::int64_t chunk_minutes() const = 0;

  /// The exchange's own symbol of a coin, which is named QUOTE-BASE: "BTCUSDT" for USDT-BTC.
  virtual std::string market_of(std::string const& coin) const = 0;

  /// Path and query of a page, after the base URL.
  virtual std::string page_path(std::string const& market, PageRequest const& page) const = 0;
  /// The same for the newest candle, which may not be complete.
  virtual std::string newest_path(std::string const& market) const = 0;

  /// The candles of a page in the order in which the exchange sent them. Their times are starts of
  /// minutes; their numbers are not checked. Throws Error (data) if the body is not such a page, or
  /// one of another market.
  virtual std::vector<Candle> parse_page(Json const& body, std::string const& market) const = 0;
  /// Never throws: the body may be anything.
  virtual Refusal parse_refusal(long status, Json const& body) const = 0;

  /// Seconds until the next request may follow a response with these headers. `date_s` is the
  /// exchange's clock.
  virtual double pause_s(HttpHeaders const& headers, std::int64_t date_s) const = 0;
};

std::unique_ptr<Exchange> make_exchange(ExchangeChoice choice);
std::unique_ptr<Exchange> make_upbit();
std::unique_ptr<Exchange> make_binance();

/// The parts of a coin's name. Throws Error (config) unless it has the form QUOTE-BASE.
struct CoinName {
  std::string quote, base;
};
CoinName parse_coin_name(std::string const& coin);

}  // namespace moneta
