// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace moneta {

/// A market as exchanges and files name it.
struct MarketName {
  std::string market;      ///< "BTCUSDT"; empty if there is none
  std::string coin;        ///< in Moneta's form, quote first: "USDT-BTC"; empty if unknown
  bool is_future = false;  ///< a future or a perpetual, by its name
};

/// The coin of an exchange's symbol: "BTCUSDT", "BTC/USDT", "KRW-BTC", "XXBTZUSD", "tBTCUSD",
/// "BTC-USDT-SWAP", "BTC/USDT:USDT", "CRIX.UPBIT.KRW-BTC".
MarketName parse_market(std::string_view symbol);

/// What the name of a file says: "BTCUSDT-1m-2024-12.csv", "Coinbase_BTCUSD_minute.csv",
/// "BTC_USDT-1m.json", "KRW-BTC.csv".
struct FileNameFacts {
  MarketName market;
  std::string exchange;               ///< "binance"; empty if there is none
  std::int64_t interval_minutes = 0;  ///< 0 if there is none
};
FileNameFacts parse_file_name(std::string_view name);

}  // namespace moneta
