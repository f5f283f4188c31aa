// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/split_dates.h"
#include "telemetry/record.h"
#include "telemetry/run_view.h"

namespace moneta {

/// The dates of the coins that were loaded, in the order of the run.
std::vector<CoinDates> known_dates(std::vector<CoinView> const& coins);

/// The events of a run about the dates of its coins: `split_dates`, one if all coins have the same
/// days, else one per coin, each with the dates by coin in its details; and `test_parts_differ` if
/// the coins are tested at different times. Empty until every coin was loaded or has failed.
std::vector<EventRecord> dates_events(std::vector<CoinView> const& coins);

}  // namespace moneta
