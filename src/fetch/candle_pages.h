// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bad_rows.h"
#include "fetch/check_page.h"
#include "fetch/exchange.h"
#include "fetch/exchange_client.h"

namespace moneta {

/// The pages of candles of one market. Where a page continues another one, it is requested so that
/// it repeats the last candle of that one; otherwise candles between the two might be missing.
///
/// A reply without candles is requested again, since it ends a search. Each function waits and
/// returns nothing if a stop was requested. All throw Error (data) as ExchangeClient and check_page
/// do, and if the page is not the one that was requested.
class CandlePages {
 public:
  using Page = std::optional<CheckedPage>;

  /// `left_out` receives a sentence about each bad candle with BadRows::skip. `exchange` and
  /// `client` must outlive this.
  CandlePages(Exchange const& exchange, ExchangeClient& client, std::string market,
              BadRows on_bad_row, std::function<void(std::string const&)> left_out);

  std::string const& market() const { return market_; }
  /// The exchange's clock at its last reply.
  std::int64_t date_s() const { return date_s_; }

  /// The newest candle, which may not be complete; empty if there is none.
  Page newest();
  /// The first candle of the market; empty if there is none. Only if it pages forwards.
  Page first();

  /// The newest candles before `to_s`, up to about `count`; empty if there are none.
  Page before(std::int64_t to_s, std::size_t count);
  /// The same before a candle that the exchange has sent.
  Page before_candle(std::int64_t time_s, std::size_t count);

  /// The oldest candles from `from_s` on; empty if there are none.
  Page from(std::int64_t from_s);
  /// The same after a candle that the exchange has sent.
  Page after_candle(std::int64_t time_s);

 private:
  Page get(std::string const& path);
  Page get(PageRequest const& request);
  void require_repeated(CheckedPage const& page, std::int64_t time_s) const;

  Exchange const& exchange_;
  ExchangeClient& client_;
  std::string const market_;
  BadRows const on_bad_row_;
  std::function<void(std::string const&)> const left_out_;
  std::int64_t date_s_ = 0;
};

}  // namespace moneta
