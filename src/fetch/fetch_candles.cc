// SPDX-License-Identifier: Apache-2.0
#include "fetch/fetch_candles.h"

#include <string>

#include "base/error.h"
#include "fetch/coin_download.h"
#include "fetch/exchange.h"
#include "fetch/exchange_client.h"

namespace moneta {

FetchSummary fetch_candles(Config const& config, std::function<bool()> const& stop_requested,
                           FetchObserver& observer) {
  auto const exchange = make_exchange(config.fetch.exchange);
  for (std::string const& coin : config.coins) exchange->market_of(coin);
  std::string current;
  ExchangeClient client(
      *exchange, config.fetch,
      {stop_requested, [&](std::string const& sentence) { observer.on_note(current, sentence); },
       [&](std::string const& sentence) { observer.on_warning("", sentence); }});
  FetchSummary summary;
  for (std::string const& coin : config.coins) {
    current = coin;
    CoinDownload download(*exchange, client, config, coin, observer);
    FetchedCoin result;
    try {
      download.run();
      result = download.result();
    } catch (Error const& error) {
      if (error.kind() != ErrorKind::data) throw error.within(coin);
      result = download.result();
      result.error = error;
    }
    summary.candles += result.added;
    summary.stopped = result.stopped;
    if (result.error) ++summary.failed;
    if (!result.error && !result.stopped) ++summary.coins;
    observer.on_coin(result);
    if (summary.stopped) break;
  }
  return summary;
}

}  // namespace moneta
