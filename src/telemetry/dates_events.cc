// SPDX-License-Identifier: Apache-2.0
#include "telemetry/dates_events.h"

#include <algorithm>
#include <string>

namespace moneta {
namespace {

EventRecord of_all_coins(std::vector<CoinDates> const& coins) {
  EventRecord event{.event = Event::split_dates,
                    .message = "all coins: " + to_text(coins.front().dates)};
  for (auto const& [coin, dates] : coins) event.details["dates"][coin] = to_json(dates);
  return event;
}

EventRecord of_coin(CoinView const& coin) {
  return {.event = Event::split_dates,
          .message = to_text(*coin.dates),
          .coin = coin.name,
          .rank = coin.rank.value_or(0),
          .details = {{"dates", {{coin.name, to_json(*coin.dates)}}}}};
}

}  // namespace

std::vector<CoinDates> known_dates(std::vector<CoinView> const& coins) {
  std::vector<CoinDates> known;
  for (CoinView const& coin : coins) {
    if (coin.dates) known.push_back({coin.name, *coin.dates});
  }
  return known;
}

std::vector<EventRecord> dates_events(std::vector<CoinView> const& coins) {
  bool const is_complete = std::all_of(coins.begin(), coins.end(), [](CoinView const& coin) {
    return coin.dates || coin.phase == CoinPhase::failed;
  });
  if (!is_complete) return {};
  std::vector<CoinDates> const known = known_dates(coins);
  std::vector<EventRecord> events;
  if (known.size() > 1 && have_same_days(known)) {
    events.push_back(of_all_coins(known));
  } else {
    for (CoinView const& coin : coins) {
      if (coin.dates) events.push_back(of_coin(coin));
    }
  }
  std::string warning = different_test_parts(known);
  if (!warning.empty()) {
    events.push_back({.severity = Severity::warning,
                      .event = Event::test_parts_differ,
                      .message = std::move(warning)});
  }
  return events;
}

}  // namespace moneta
