// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "fetch/candle_pages.h"
#include "fetch/exchange.h"
#include "fetch/exchange_client.h"
#include "fetch/fetch_observer.h"
#include "io/folder_lock.h"
#include "market/candle.h"
#include "market/source_record.h"

namespace moneta {

/// The minutes [from_s, to_s).
struct MinuteRange {
  std::int64_t from_s = 0, to_s = 0;

  bool empty() const { return from_s >= to_s; }
};

/// The minutes to download: from the one after the newest stored one, or else from `days` ago, to
/// the last one that was complete a few seconds before `date_s`, the exchange's clock.
MinuteRange missing_minutes(std::optional<std::int64_t> newest_stored_s, std::int64_t days,
                            std::int64_t date_s);

/// The download of one coin's candles into the raw folder, in chunks from the oldest to the newest
/// minutes. A chunk is stored when all of it has arrived, so the stored candles never have a hole,
/// however the program ends, and the next download continues after them.
class CoinDownload {
 public:
  /// All must outlive this. `coin` must be one that `exchange` can name.
  CoinDownload(Exchange const& exchange, ExchangeClient& client, Config const& config,
               std::string const& coin, FetchObserver& observer);

  /// Downloads everything that is missing. Throws Error (data) if the exchange does not deliver, or
  /// if the stored candles cannot be extended; Error (disk) if they cannot be written. What was
  /// stored before remains.
  void run();

  /// Also after an error.
  FetchedCoin const& result() const { return result_; }

 private:
  using Candles = std::optional<std::vector<Candle>>;  ///< nothing: a stop was requested

  FolderLock lock() const;
  void find_stored_candles();
  bool find_missing_minutes();
  Candles download_backwards(MinuteRange const& chunk);
  Candles download_forwards(MinuteRange const& chunk);
  bool check_beginning(std::int64_t from_s, std::int64_t first_s);
  void store(std::vector<Candle> const& candles);
  void report(MinuteRange const& chunk, std::int64_t minutes_done);

  Exchange const& exchange_;
  std::string const folder_;
  std::int64_t const days_;
  FetchObserver& observer_;
  FetchedCoin result_;
  CandlePages pages_;
  CandleOrigin const origin_;
  MinuteRange missing_;
  std::int64_t exchange_newest_s_ = 0;  ///< its newest candle at the beginning; 0 if it has none
  std::optional<std::int64_t> last_received_s_;  ///< paging forwards: the newest candle, kept
  bool reached_first_candle_ = false;            ///< of the market
};

}  // namespace moneta
