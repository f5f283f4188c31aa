// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

#include "config/config.h"
#include "fetch/fetch_observer.h"

namespace moneta {

/// What a download of all coins did.
struct FetchSummary {
  std::size_t candles = 0;  ///< that were not stored before
  std::size_t coins = 0;    ///< that are complete now
  std::size_t failed = 0;   ///< coins that are not
  bool stopped = false;     ///< a stop was requested before the end
};

/// Downloads the missing candles of the configured coins into `data.raw`, one coin after the other.
/// `stop_requested` is checked every few hundredths of a second; then what has arrived is stored.
/// An error of kind data is a result of its coin, and the others continue. Throws Error (config),
/// before anything is sent, if the name of a coin is not one of a market; Error (disk) if a file
/// cannot be written.
FetchSummary fetch_candles(Config const& config, std::function<bool()> const& stop_requested,
                           FetchObserver& observer);

}  // namespace moneta
