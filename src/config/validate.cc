// SPDX-License-Identifier: Apache-2.0
#include "config/validate.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/url.h"
#include "config/value.h"

namespace moneta {
namespace {

using PlaceOf = std::function<std::string(std::string const& key)>;

void check_split(SplitConfig const& split, PlaceOf const& place_of) {
  double const sum = split.train + split.valid + split.test;
  MONETA_REQUIRE(
      std::abs(sum - 1) <= 1e-9, config,
      "{}: data.split: {:g} + {:g} + {:g} is {:g} (the shares of train, valid and test must sum to 1). Change one of them",
      place_of("data.split.train"), split.train, split.valid, split.test, sum);
}

void check_placement(Config const& config, PlaceOf const& place_of) {
  std::string const place = place_of("placement");
  std::set<std::string> placed;
  for (auto const& rank : config.placement) {
    for (std::string const& coin : rank) {
      MONETA_REQUIRE(
          std::find(config.coins.begin(), config.coins.end(), coin) != config.coins.end(), config,
          "{}: placement: {} is not in coins. Correct the name, or set placement: null to let the coins be balanced over the ranks",
          place, quoted(coin));
      MONETA_REQUIRE(placed.insert(coin).second, config,
                     "{}: placement: {} is there twice (a coin has one place). Remove one of them",
                     place, quoted(coin));
    }
  }
  for (std::string const& coin : config.coins) {
    MONETA_REQUIRE(
        config.placement.empty() || placed.count(coin) == 1, config,
        "{}: placement: {} is missing (every coin needs a rank). Add it, or set placement: null to let the coins be balanced over the ranks",
        place, quoted(coin));
  }
}

void check_training(TrainConfig const& train, PlaceOf const& place_of) {
  constexpr std::size_t largest_batch = 1'000'000;
  MONETA_REQUIRE(
      train.effective_batch() <= largest_batch, config,
      "{}: train.batch x train.accumulate is {} sequences for one update (at most {}). Lower one of them",
      place_of("train.accumulate"), train.effective_batch(), largest_batch);
  MONETA_REQUIRE(
      train.schedule.warmup_epochs <= static_cast<double>(train.epochs), config,
      "{}: train.schedule.warmup_epochs is {:g} (train.epochs is {}, so the learning rate would never be reached). Lower it",
      place_of("train.schedule.warmup_epochs"), train.schedule.warmup_epochs, train.epochs);
}

/// Telegram is told the chat beside the text.
void check_alert(AlertConfig const& alert, PlaceOf const& place_of) {
  auto const url = alert.webhook_url ? parse_url(*alert.webhook_url) : std::nullopt;
  if (!url || resolve_template(alert.webhook_template, *url) != AlertTemplate::telegram) return;
  MONETA_REQUIRE(
      !query_value(url->query, "chat_id").value_or("").empty(), config,
      "{}: alert.webhook_url: {} has no chat_id (Telegram needs to know the chat). Append ?chat_id=... to it",
      place_of("alert.webhook_url"), public_url(*alert.webhook_url));
}

}  // namespace

void validate_config(Config const& config, PlaceOf const& place_of) {
  check_split(config.data.split, place_of);
  check_placement(config, place_of);
  check_training(config.train, place_of);
  check_alert(config.alert, place_of);
  MONETA_REQUIRE(
      !config.model.transformer.enabled, config,
      "{}: model.transformer.enabled: the Transformer block is not in this version. Set model.transformer.enabled: false",
      place_of("model.transformer.enabled"));
}

}  // namespace moneta
