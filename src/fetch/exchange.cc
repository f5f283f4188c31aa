// SPDX-License-Identifier: Apache-2.0
#include "fetch/exchange.h"

#include "base/error.h"

namespace moneta {

std::unique_ptr<Exchange> make_exchange(ExchangeChoice choice) {
  return choice == ExchangeChoice::upbit ? make_upbit() : make_binance();
}

CoinName parse_coin_name(std::string const& coin) {
  std::size_t const dash = coin.find('-');
  bool const is_valid = dash != std::string::npos && dash > 0 && dash + 1 < coin.size() &&
                        coin.find('-', dash + 1) == std::string::npos;
  MONETA_REQUIRE(
      is_valid, config,
      "coins: '{}' is not the name of a market (`moneta fetch` needs the quote and the base currency, like KRW-BTC). Correct the name?",
      coin);
  return {coin.substr(0, dash), coin.substr(dash + 1)};
}

}  // namespace moneta
