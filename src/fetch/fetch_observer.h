// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace moneta {

/// How far the download of a coin is.
struct FetchProgress {
  std::string coin;
  double fraction = 0;         ///< of the minutes that are to be downloaded
  std::size_t candles = 0;     ///< downloaded so far
  std::int64_t reached_s = 0;  ///< the newest minute that is stored, or else the first one wanted
};

/// The end of the download of a coin.
struct FetchedCoin {
  std::string coin;
  std::size_t added = 0;                 ///< candles that were not stored before
  std::optional<std::int64_t> newest_s;  ///< the newest minute that is stored; none: no candle
  std::optional<std::int64_t> listed_s;  ///< the first candle, if the exchange has no earlier ones
  std::optional<Error> error;            ///< why it failed; what was added is stored
  bool stopped = false;                  ///< a stop was requested first
};

/// Receives what happens during a download; all calls come from the downloading thread.
class FetchObserver {
 public:
  FetchObserver() = default;
  FetchObserver(FetchObserver const&) = delete;
  FetchObserver& operator=(FetchObserver const&) = delete;
  virtual ~FetchObserver() = default;

  /// After each page.
  virtual void on_progress(FetchProgress const& progress) = 0;
  /// A pause, or another attempt; the sentence does not name the coin.
  virtual void on_note(std::string const& coin, std::string const& sentence) = 0;
  virtual void on_warning(std::string const& coin, std::string const& sentence) = 0;
  virtual void on_coin(FetchedCoin const& result) = 0;
};

}  // namespace moneta
